"""Acts of the body that asks for shared data: submit, submit again, negotiate, withdraw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text

from services.oversight_svc.domain.sharing_rules import (
    ShareScope,
    body_of,
    check_reason,
    check_request,
    provider_of,
)
from services.oversight_svc.domain.sharing_states import ShareAct, ShareState
from services.oversight_svc.store.sharing import ShareRequestRow
from services.oversight_svc.store.sharing_records import SharedProjectRow
from services.oversight_svc.usecases.sharing_moving import (
    ShareKey,
    check_share_turn,
    load_share_request,
    move_request,
    open_share_task,
    record_share,
)
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.model import Pack

ASKING = "oversight.sharing.request"


@dataclass(frozen=True, slots=True)
class SubmitShareRequest:
    """What is asked for, what for, on what basis and until when.

    Units and projects come by code, as people name them; none means all.
    """

    scope: ShareScope
    purpose: str
    basis: str
    wanted_until: date | None
    other_content: str = ""
    unit_codes: tuple[str, ...] = ()
    project_codes: tuple[str, ...] = ()


def submit_share_request(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SubmitShareRequest
) -> ShareRequestRow:
    """Submit a request; the provider's conformity check is due from today.

    Raises `InvalidInputError` for what is missing, withheld or another body's, and `NoBodyError`.
    """
    require(actor, ASKING)
    region, year = actor.scope.region, clock.today().year
    pack = policy_for(uow.session, region, year)
    row = ShareRequestRow(
        region_code=region,
        fiscal_year=year,
        request_id=new_id(),
        version=1,
        state=ShareState.CHECKING.value,
        requester=body_of(actor.roles).value,
        pack_code=pack.ref.code,
        pack_version=pack.ref.version,
        reason="",
        answered_by_name="",
    )
    _fill(uow, clock, actor, row, command, pack)
    row.number = _next_number(uow, region, year)
    open_share_task(uow, clock, actor, row)
    uow.session.add(row)
    record_share(uow, actor, row, "submit", after=_facts(row))
    return row


def resubmit_share_request(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, command: SubmitShareRequest
) -> ShareRequestRow:
    """Submit a returned request again, corrected."""
    row = load_share_request(uow, actor, key, ASKING)
    check_share_turn(actor, row, ShareAct.RESUBMIT)
    _fill(
        uow, clock, actor, row, command, policy_for(uow.session, row.region_code, row.fiscal_year)
    )
    move_request(uow, clock, actor, row, ShareAct.RESUBMIT, after=_facts(row))
    return row


def negotiate_share(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, reason: str
) -> ShareRequestRow:
    """Object to a refusal: the provider coordinates and decides once more."""
    return _say(uow, clock, actor, key, ShareAct.NEGOTIATE, reason)


def withdraw_share_request(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, reason: str
) -> ShareRequestRow:
    """Take a request back before it is decided."""
    return _say(uow, clock, actor, key, ShareAct.WITHDRAW, reason)


def _say(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ShareKey, act: ShareAct, reason: str
) -> ShareRequestRow:
    row = load_share_request(uow, actor, key, ASKING)
    check_share_turn(actor, row, act)
    if problems := check_reason(act, reason):
        raise InvalidInputError(problems)
    move_request(uow, clock, actor, row, act, comment=reason.strip())
    return row


def _fill(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    row: ShareRequestRow,
    command: SubmitShareRequest,
    pack: Pack,
) -> None:
    body, problems = body_of(actor.roles), list[FieldProblem]()
    units = _units(uow, row.region_code, command.unit_codes, problems)
    projects = _projects(uow, row.region_code, command, problems)
    scope = replace(command.scope, unit_ids=tuple(units), project_ids=tuple(projects))
    problems += check_request(
        scope,
        purpose=command.purpose,
        basis=command.basis,
        other_content=command.other_content,
        wanted_until=command.wanted_until,
        today=clock.today(),
        longest_days=pack.sharing.longest_days,
        requester=body,
        attributes=pack.sharing.attributes,
    )
    if problems or command.wanted_until is None:
        raise InvalidInputError(problems)
    row.provider = provider_of(scope, body).value
    row.purpose, row.basis = command.purpose.strip(), command.basis.strip()
    row.other_content, row.wanted_until = command.other_content.strip(), command.wanted_until
    row.scope = scope.to_json()
    row.unit_id = next(iter([*units, *projects.values()]), None) or _first_unit(
        uow, row.region_code
    )
    row.submitted_at, row.submitted_by_name = clock.now(), actor.name


def _units(
    uow: UnitOfWork, region: str, codes: tuple[str, ...], problems: list[FieldProblem]
) -> dict[UUID, str]:
    query = select(UnitRow.unit_id, UnitRow.code).where(
        UnitRow.region_code == region, UnitRow.code.in_(codes)
    )
    found = dict(uow.session.execute(query).all()) if codes else {}
    for code in codes:
        if code not in found.values():
            message = f"单位名录中没有编码为 {code} 的单位。"
            problems.append(FieldProblem("unit_codes", "unknown_unit", message))
    return found


def _projects(
    uow: UnitOfWork, region: str, command: SubmitShareRequest, problems: list[FieldProblem]
) -> dict[UUID, UUID]:
    """Return project → unit of the codes named, in the years asked for."""
    if not command.project_codes:
        return {}
    query = select(SharedProjectRow).where(
        SharedProjectRow.region_code == region,
        SharedProjectRow.code.in_(command.project_codes),
        SharedProjectRow.fiscal_year.in_(command.scope.years),
    )
    rows = uow.session.scalars(query).all()
    for code in command.project_codes:
        if all(row.code != code for row in rows):
            message = f"所选年度没有编码为 {code} 的项目。"
            problems.append(FieldProblem("project_codes", "unknown_project", message))
    return {row.project_id: row.unit_id for row in rows}


def _first_unit(uow: UnitOfWork, region: str) -> UUID:
    """Return the region's first unit: a desk shows every task under some unit."""
    query = select(UnitRow.unit_id).where(UnitRow.region_code == region)
    return uow.session.scalars(query.order_by(UnitRow.path).limit(1)).one()


def _next_number(uow: UnitOfWork, region: str, year: int) -> str:
    """Return the next number; requests are never deleted, so their count is the last one given."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    uow.session.execute(lock, {"name": f"share_request:{region}"})
    taken = uow.session.scalar(
        select(func.count())
        .select_from(ShareRequestRow)
        .where(ShareRequestRow.region_code == region, ShareRequestRow.fiscal_year == year)
    )
    return f"{year}-{(taken or 0) + 1:04d}"


def _facts(row: ShareRequestRow) -> dict[str, object]:
    return {"provider": row.provider, "scope": row.scope, "until": row.wanted_until.isoformat()}
