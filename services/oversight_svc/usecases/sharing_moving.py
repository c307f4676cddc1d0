"""Loads a request for shared data and moves it: state, version, task and trail together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.oversight_svc.domain.finding_tasks import BODY_ROLE
from services.oversight_svc.domain.sharing_rules import answer_deadline, check_share_party
from services.oversight_svc.domain.sharing_states import (
    ShareAct,
    ShareParty,
    ShareState,
    next_state,
)
from services.oversight_svc.store.sharing import ShareRequestRow, find_share_request
from services.oversight_svc.usecases.recording import record_on
from shared.access.actor import Actor
from shared.access.rights import require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import NotFoundError, StaleVersionError
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.names import DeadlineName
from shared.tasks.work import NewTask, close_tasks, open_task
from shared.terms.vocabulary import RaisingBody


@dataclass(frozen=True, slots=True)
class ShareKey:
    """Names a request inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    request_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class _TaskRule:
    """The task a state opens."""

    kind: str
    title: str
    party: ShareParty
    tab: str


_TASKS = {
    ShareState.CHECKING: _TaskRule("share_check", "审查共享申请", ShareParty.PROVIDER, "review"),
    ShareState.RETURNED: _TaskRule(
        "share_revise", "补正共享申请", ShareParty.REQUESTER, "returned"
    ),
    ShareState.ANSWERING: _TaskRule("share_answer", "答复共享申请", ShareParty.PROVIDER, "review"),
    ShareState.REFUSED: _TaskRule(
        "share_object", "对不予共享提出意见", ShareParty.REQUESTER, "returned"
    ),
    ShareState.NEGOTIATING: _TaskRule(
        "share_coordinate", "协调共享争议", ShareParty.PROVIDER, "review"
    ),
}


def load_share_request(
    uow: UnitOfWork, actor: Actor, key: ShareKey, permission: str
) -> ShareRequestRow:
    """Return a request of the region, locked; raise what is in the way.

    `ForbiddenError` without the right, `NotFoundError`, `StaleVersionError` when it changed since.
    """
    require(actor, permission)
    row = find_share_request(
        uow.session, actor.scope.region, key.fiscal_year, key.request_id, lock=True
    )
    if row is None:
        raise NotFoundError
    if row.version != key.version:
        raise StaleVersionError
    return row


def move_request(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    row: ShareRequestRow,
    act: ShareAct,
    *,
    comment: str = "",
    after: Mapping[str, Any] | None = None,
) -> None:
    """Apply `act`; raise `ShareTransitionRefusedError`, `ForbiddenError` or another body's."""
    check_share_turn(actor, row, act)
    source = ShareState(row.state)
    edge = next_state(source, act)
    row.state, row.version = edge.to.value, row.version + 1
    close_tasks(uow, clock, actor, row.request_id, outcome=act.value)
    open_share_task(uow, clock, actor, row)
    record_share(
        uow,
        actor,
        row,
        act.value,
        comment=comment,
        before={"state": source.value},
        after={"state": edge.to.value, **(after or {})},
    )


def check_share_turn(actor: Actor, row: ShareRequestRow, act: ShareAct) -> None:
    """Raise unless the state allows `act` and it is for the actor's side to do."""
    edge = next_state(ShareState(row.state), act)
    require(actor, edge.permission)
    check_share_party(
        edge.party,
        act,
        actor.roles,
        requester=RaisingBody(row.requester),
        provider=RaisingBody(row.provider),
    )


def open_share_task(uow: UnitOfWork, clock: Clock, actor: Actor, row: ShareRequestRow) -> None:
    """Open the task of the request's state, dated by the pack's working days."""
    rule = _TASKS.get(ShareState(row.state))
    row.due_on, row.provisional = _due(uow, clock, row)
    if rule is None:
        return
    body = row.provider if rule.party is ShareParty.PROVIDER else row.requester
    task = NewTask(
        kind=f"oversight.{rule.kind}",
        title=f"{rule.title}：{row.number} {row.purpose}",
        subject_kind="oversight.share_request",
        subject_id=row.request_id,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        unit_id=row.unit_id,
        role=BODY_ROLE[RaisingBody(body)],
        tab=rule.tab,
        due_on=row.due_on,
        provisional=row.provisional,
    )
    open_task(uow, clock, actor, task)


def record_share(
    uow: UnitOfWork,
    actor: Actor,
    row: ShareRequestRow,
    name: str,
    *,
    comment: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write `oversight.sharing.<name>` into the trail."""
    record_on(
        uow,
        actor,
        row,
        f"oversight.sharing.{name}",
        ("oversight.share_request", row.request_id, f"{row.number} {row.purpose}"),
        comment=comment,
        before=before,
        after=after,
    )


def _due(uow: UnitOfWork, clock: Clock, row: ShareRequestRow) -> tuple[date | None, bool]:
    answer = answer_deadline(row.other_content)
    rules: dict[ShareState, DeadlineName] = {
        ShareState.CHECKING: DeadlineName.SHARING_CHECK,
        ShareState.ANSWERING: answer,
        ShareState.NEGOTIATING: answer,
    }
    rule = rules.get(ShareState(row.state))
    if rule is None:
        return None, False
    pack = policy_for(uow.session, row.region_code, row.fiscal_year)
    deadline = compute_deadline(
        pack, rule, row.fiscal_year, load_calendar(uow.session), start=clock.today()
    )
    return deadline.due_on, deadline.provisional
