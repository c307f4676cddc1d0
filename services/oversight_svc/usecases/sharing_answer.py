"""Acts of the body whose data is asked for: check, grant, refuse, decline, revoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.oversight_svc.domain.sharing_rules import (
    ShareScope,
    check_grant,
    check_reason,
    is_unconditional,
)
from services.oversight_svc.domain.sharing_states import ShareAct
from services.oversight_svc.store.sharing import ShareGrantRow, ShareRequestRow, grant_of_request
from services.oversight_svc.usecases.sharing_moving import (
    ShareKey,
    check_share_turn,
    load_share_request,
    move_request,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.policy.active import policy_for

CHECKING, ANSWERING = "oversight.sharing.check", "oversight.sharing.answer"
_RIGHTS = {ShareAct.RETURN: CHECKING, ShareAct.CLEAR: CHECKING}


@dataclass(frozen=True, slots=True)
class GrantShare:
    """What is given: at most what was asked, on `terms`, through `expires_on`."""

    scope: ShareScope
    expires_on: date | None
    terms: str = ""


@dataclass(frozen=True, slots=True)
class AnswerShare:
    """Any answer that is no grant: passing on, returning, refusing, declining, revoking."""

    act: ShareAct
    reason: str = ""


def grant_share(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, command: GrantShare
) -> ShareGrantRow:
    """Grant; raise `InvalidInputError` for more than was asked or a day outside the limits."""
    row = load_share_request(uow, actor, key, ANSWERING)
    check_share_turn(actor, row, ShareAct.GRANT)
    pack = policy_for(uow.session, row.region_code, row.fiscal_year)
    problems = check_grant(
        command.scope,
        ShareScope.from_json(row.scope),
        command.expires_on,
        clock.today(),
        pack.sharing.longest_days,
    )
    if problems or command.expires_on is None:
        raise InvalidInputError(problems)
    grant = ShareGrantRow(
        region_code=row.region_code,
        grant_id=new_id(),
        fiscal_year=row.fiscal_year,
        request_id=row.request_id,
        number=row.number,
        grantee=row.requester,
        purpose=row.purpose,
        scope=command.scope.to_json(),
        terms=command.terms.strip(),
        expires_on=command.expires_on,
        granted_at=clock.now(),
        granted_by_name=actor.name,
        revoked_at=None,
    )
    uow.session.add(grant)
    _answered(clock, actor, row, "")
    facts = {"scope": grant.scope, "expires_on": grant.expires_on.isoformat()}
    move_request(uow, clock, actor, row, ShareAct.GRANT, comment=grant.terms, after=facts)
    return grant


def answer_share(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, command: AnswerShare
) -> ShareRequestRow:
    """Give an answer that is no grant.

    Raises `InvalidInputError` without a reason where one is owed, and for refusing what the pack
    shares without conditions. A revoked grant delivers nothing from the next page on.
    """
    act = command.act
    row = load_share_request(uow, actor, key, _RIGHTS.get(act, ANSWERING))
    check_share_turn(actor, row, act)
    problems = check_reason(act, command.reason)
    if act is ShareAct.REFUSE:
        problems += _may_refuse(uow, row)
    if problems:
        raise InvalidInputError(problems)
    if act is ShareAct.REVOKE:
        grant = grant_of_request(uow.session, row.region_code, row.request_id)
        if grant is None:
            raise NotFoundError
        grant.revoked_at = clock.now()
    _answered(clock, actor, row, command.reason)
    move_request(uow, clock, actor, row, act, comment=command.reason.strip())
    return row


def _may_refuse(uow: UnitOfWork, row: ShareRequestRow) -> list[FieldProblem]:
    pack = policy_for(uow.session, row.region_code, row.fiscal_year)
    scope = ShareScope.from_json(row.scope)
    if not is_unconditional(scope, row.other_content, pack.sharing.attributes):
        return []
    message = "申请的都是无条件共享数据，应当授权；范围或期限可以调整。"
    return [FieldProblem("reason", "unconditional", message)]


def _answered(clock: Clock, actor: Actor, row: ShareRequestRow, reason: str) -> None:
    row.reason, row.answered_at = reason.strip(), clock.now()
    row.answered_by_name = actor.name
