"""Loads a finding for an act and moves it: state, version, tasks, event and trail together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.oversight_svc.domain.finding_states import FindingAct, FindingState, Party, next_state
from services.oversight_svc.domain.finding_tasks import TaskDate, role_for, task_for
from services.oversight_svc.domain.recognition import check_four_eyes, check_party
from services.oversight_svc.store.findings import FindingRow, find_finding
from services.oversight_svc.store.rectification import NoticeRow
from services.oversight_svc.usecases.recording import record_on
from services.oversight_svc.usecases.sharing_records import keep_finding
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError, StaleVersionError
from shared.events.envelope import Subject
from shared.events.oversight import FINDING_CHANGED
from shared.policy.active import policy_for
from shared.tasks.work import NewTask, close_tasks, open_task
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody

ANY_VERSION = 0
"""For acts on many findings at once, which nobody has looked at one by one."""


@dataclass(frozen=True, slots=True)
class FindingKey:
    """Names a finding inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    finding_id: UUID
    version: int = ANY_VERSION


@dataclass(frozen=True, slots=True)
class LoadedFinding:
    """A finding, locked, with its leading unit."""

    finding: FindingRow
    unit: UnitRow


def load_finding(
    uow: UnitOfWork, actor: Actor, key: FindingKey, permission: str = "oversight.finding.view"
) -> LoadedFinding:
    """Return a finding the actor may act on, locked.

    Its leading unit must lie in the scope: units that only assist look on. Raises
    `ForbiddenError` without the right, `NotFoundError` outside the scope, `StaleVersionError` when
    it changed since the actor read it.
    """
    require(actor, permission)
    region = actor.scope.region
    finding = find_finding(uow.session, region, key.fiscal_year, key.finding_id, lock=True)
    if finding is None:
        raise NotFoundError
    unit = find_unit(uow.session, region, finding.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if key.version not in (ANY_VERSION, finding.version):
        raise StaleVersionError
    return LoadedFinding(finding, unit)


def check_turn(actor: Actor, loaded: LoadedFinding, act: FindingAct) -> None:
    """Raise unless the state allows `act` and it is this actor's to do.

    `TransitionRefusedError`, `ForbiddenError`, `OtherBodyError` or `OwnWorkError`.
    """
    finding = loaded.finding
    edge = next_state(FindingState(finding.state), act)
    require(actor, edge.permission)
    check_party(edge.party, label_of(act), RaisingBody(finding.raised_by), actor.roles)
    earlier = {finding.reported_by}
    if FindingState(finding.state) is FindingState.VERIFIED:
        earlier.add(finding.rechecked_by)
    check_four_eyes(act, actor.account_id, earlier)


def move(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedFinding,
    act: FindingAct,
    *,
    comment: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Apply `act`; `before` and `after` are further facts for the trail.

    Raises what `check_turn` raises. An act that leaves the state as it is keeps the open tasks.
    """
    check_turn(actor, loaded, act)
    finding = loaded.finding
    source = FindingState(finding.state)
    to = next_state(source, act).to
    was = {"state": source.value, "version": finding.version, **(before or {})}
    finding.state = to.value
    if to is not source:
        close_tasks(uow, clock, actor, finding.finding_id, outcome=act.value)
        returned = source in (FindingState.REPORTED, FindingState.VERIFIED)
        open_state_task(uow, clock, actor, loaded, returned=returned)
    tell_change(uow, clock, actor, finding)
    now = {"state": to.value, "version": finding.version, **(after or {})}
    record_act(uow, actor, finding, act.value, comment=comment, before=was, after=now)


def tell_change(uow: UnitOfWork, clock: Clock, actor: Actor, finding: FindingRow) -> None:
    """Give the finding its next version and tell where it stands; once in each transaction."""
    finding.version += 1
    finding.changed_at = clock.now()
    emit_state(uow, clock, actor, finding)


def emit_state(uow: UnitOfWork, clock: Clock, actor: Actor, finding: FindingRow) -> None:
    """Tell where the finding stands under the version it has, and keep that to be shared."""
    subject = Subject(finding.finding_id, finding.version, finding.region_code, finding.fiscal_year)
    names = ("number", "state", "source", "source_key", "raised_by", "title", "unit_id",
             "project_id", "due_on", "closed_on")  # fmt: skip
    uow.emit(FINDING_CHANGED, subject, actor, {name: getattr(finding, name) for name in names})
    keep_finding(uow, clock, finding)


def record_act(
    uow: UnitOfWork,
    actor: Actor,
    finding: FindingRow,
    name: str,
    *,
    comment: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write `oversight.finding.<name>` into the trail."""
    record_on(
        uow,
        actor,
        finding,
        f"oversight.finding.{name}",
        ("oversight.finding", finding.finding_id, f"{finding.number} {finding.title}"),
        unit_id=finding.unit_id,
        comment=comment,
        before=before,
        after=after,
    )


def open_state_task(
    uow: UnitOfWork, clock: Clock, actor: Actor, loaded: LoadedFinding, *, returned: bool = False
) -> None:
    """Open the task the finding's present state calls for, with its date."""
    finding = loaded.finding
    rule = task_for(FindingState(finding.state), returned=returned)
    if rule is None:
        return
    due_on, provisional = _task_date(uow, clock, finding, rule.date)
    body = RaisingBody(finding.raised_by)
    open_task(
        uow,
        clock,
        actor,
        NewTask(
            kind=f"oversight.{rule.kind}",
            title=f"{rule.title}：{finding.number} {finding.title}",
            subject_kind="oversight.finding",
            subject_id=finding.finding_id,
            region=finding.region_code,
            fiscal_year=finding.fiscal_year,
            unit_id=finding.unit_id,
            role=role_for(_party_of(rule.party, loaded), body),
            tab=rule.tab,
            due_on=due_on,
            provisional=provisional,
        ),
    )


def _party_of(party: Party, loaded: LoadedFinding) -> Party:
    """Return whose desk it is: a unit without an office in charge is driven by the body itself."""
    has_no_office = party is Party.OFFICE and not loaded.unit.lead_office
    return Party.RAISING_BODY if has_no_office else party


def _task_date(
    uow: UnitOfWork, clock: Clock, finding: FindingRow, wanted: TaskDate
) -> tuple[date | None, bool]:
    if wanted is TaskDate.DUE:
        return finding.due_on, finding.provisional
    if wanted is TaskDate.REVIEW:
        pack = policy_for(uow.session, finding.region_code, finding.fiscal_year)
        reckoned = load_calendar(uow.session).add_workdays(
            clock.today(), pack.rectification.review_workdays
        )
        return reckoned.day, reckoned.provisional
    if wanted is TaskDate.RECEIPT and finding.notice_id is not None:
        key = (finding.region_code, finding.fiscal_year, finding.notice_id)
        notice = uow.session.get(NoticeRow, key)
        return (notice.receipt_due_on if notice else None), False
    return None, False
