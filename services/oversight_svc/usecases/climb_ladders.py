"""Acts of the clock: what is overdue climbs its ladder, each rung once (YC23-6.4, HC20.1).

Found by asking for tasks that lack a rung, so an outage delays rungs and loses none. What a rung
prepares waits for a person; no rung marks a refusal or opens an accountability case (YC23-6.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import insert

from services.oversight_svc.domain.ladder import (
    KIND_OF_TASK,
    Climb,
    EscalationState,
    asked_role,
    rungs_due,
)
from services.oversight_svc.store.escalations import EscalationRow
from services.oversight_svc.store.overdue import (
    Batch,
    DueRung,
    Late,
    batches_until,
    lapsed_rungs,
    late_tasks,
)
from services.oversight_svc.store.rectification import urgings_about
from services.oversight_svc.usecases.settling_rungs import settle, take_by_earlier, told_data
from shared.access.actor import Actor
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.oversight import ESCALATION_CHANGED
from shared.ids import new_id
from shared.outbox.bulk import event_rows, write_event_rows
from shared.policy.active import NoPolicyError, policy_for
from shared.policy.escalation import Ladder, RungMode
from shared.policy.model import Pack
from shared.tasks.bulk import open_tasks
from shared.tasks.work import NewTask
from shared.terms.vocabulary import RaisingBody
from shared.trail.bulk import act_rows, write_act_rows
from shared.trail.record import Act

AT_ONCE = 1000
"""Things that climb in one run; what is left waits for the next, a minute later."""
LOOK_AHEAD = timedelta(days=100)
"""No rung lies further before its date: a pack allows sixty working days."""
TASK_KIND = "oversight.escalate"

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Step:
    """One rung of one thing, about to be climbed."""

    escalation_id: UUID
    late: Late
    climb: Climb
    pack: Pack


def climb_ladders(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
    """Climb every rung that is due and not there yet, and let go of what nobody needs any more."""
    for row in lapsed_rungs(uow.session, AT_ONCE):
        settle(uow, clock, actor, row, EscalationState.LAPSED, note="已报送或期限已调整")
    packs = _packs(uow, batches_until(uow.session, clock.today() + LOOK_AHEAD))
    calendar = load_calendar(uow.session)
    due = [
        DueRung(
            batch.region_code,
            batch.fiscal_year,
            batch.task_kind,
            batch.due_on,
            KIND_OF_TASK[batch.task_kind].value,
            climb.rung.code,
        )
        for batch, pack in packs.items()
        for climb in _due(pack, batch, clock, calendar)
    ]
    if due:
        late = late_tasks(uow.session, due, AT_ONCE)
        _write(uow, clock, actor, _steps(late, packs, clock, calendar), calendar)


def _packs(uow: UnitOfWork, batches: Sequence[Batch]) -> dict[Batch, Pack]:
    """Return each batch with the pack in force; without one, nothing climbs and the log says so."""
    packs: dict[Batch, Pack] = {}
    for batch in batches:
        try:
            packs[batch] = policy_for(uow.session, batch.region_code, batch.fiscal_year)
        except NoPolicyError as error:
            _LOG.warning("nothing climbs without a policy pack", reason=error.message)
    return packs


def _due(
    pack: Pack,
    batch: Batch,
    clock: Clock,
    calendar: WorkingCalendar,
    climbed: frozenset[str] = frozenset(),
) -> list[Climb]:
    ladder: Ladder = pack.escalation[KIND_OF_TASK[batch.task_kind]]
    buffer = pack.deadlines[ladder.deadline].buffer_workdays
    return rungs_due(ladder, batch.due_on, buffer, clock.today(), calendar, climbed)


def _steps(
    late: Sequence[Late], packs: dict[Batch, Pack], clock: Clock, calendar: WorkingCalendar
) -> list[_Step]:
    steps: list[_Step] = []
    met = set()
    for each in late:
        task = each.task
        episode = (task.region_code, task.fiscal_year, task.subject_id, KIND_OF_TASK[task.kind],
                   task.due_on)  # fmt: skip
        if episode in met:  # the desk may not have heard yet that an earlier task was closed
            continue
        met.add(episode)
        steps += [
            _Step(new_id(), each, climb, packs[each.batch])
            for climb in _due(packs[each.batch], each.batch, clock, calendar, each.climbed)
        ]
    return steps


def _write(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    steps: Sequence[_Step],
    calendar: WorkingCalendar,
) -> None:
    """Write the rungs with trail, events and tasks, all in the transaction of the lease's check."""
    if not steps:
        return
    now = clock.now()
    urged = urgings_about(uow.session, [step.late.task.subject_id for step in steps])
    rows = [_row(step, now) for step in steps]
    for row in rows:
        take_by_earlier(row, urged.get(row.subject_id, ()))
    values = [{c.key: getattr(row, c.key) for c in EscalationRow.__table__.c} for row in rows]
    uow.session.execute(insert(EscalationRow), values)
    acts = [
        Act(
            name="oversight.escalation.climb",
            object_kind="oversight.escalation",
            object_id=row.escalation_id,
            object_title=row.subject_title,
            region=row.region_code,
            fiscal_year=row.fiscal_year,
            unit_id=row.unit_id,
            before=None,
            after={"rung": row.rung, "due_on": row.due_on.isoformat(), "state": row.state},
            comment=row.title,
        )
        for row in rows
    ]
    write_act_rows(uow, act_rows(actor, acts, now))
    facts = (
        (Subject(row.escalation_id, row.version, row.region_code, row.fiscal_year), told_data(row))
        for row in rows
    )
    write_event_rows(uow, event_rows(uow, ESCALATION_CHANGED, actor, facts, now))
    asked = [
        _task(row, step, clock, calendar)
        for row, step in zip(rows, steps, strict=True)
        if row.state == EscalationState.WAITING
    ]
    open_tasks(uow, clock, actor, asked)


def _row(step: _Step, now: datetime) -> EscalationRow:
    task, rung = step.late.task, step.climb.rung
    is_prepared = rung.mode is RungMode.PREPARED
    body = RaisingBody(step.late.raised_by or RaisingBody.FINANCE)
    has_office = step.late.lead_office is not None
    return EscalationRow(
        region_code=task.region_code,
        fiscal_year=task.fiscal_year,
        escalation_id=step.escalation_id,
        version=1,
        kind=KIND_OF_TASK[task.kind].value,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        subject_title=task.title.partition("：")[2] or task.title,
        unit_id=task.unit_id,
        due_on=task.due_on,
        rung=rung.code,
        place=step.climb.place,
        title=rung.title,
        way=rung.way.value,
        demand=rung.demand or "",
        is_paper=rung.is_paper,
        role=asked_role(rung.role, body, has_office=has_office).value if rung.role else None,
        reached_on=step.climb.reached_on,
        climbed_at=now,
        pack_code=step.pack.ref.code,
        pack_version=step.pack.ref.version,
        state=(EscalationState.WAITING if is_prepared else EscalationState.DONE).value,
        document_number="",
        document_on=None,
        scan_digest="",
        scan_name="",
        person="",
        note="",
        settled_at=None,
        settled_by=None,
        settler_name="",
    )


def _task(row: EscalationRow, step: _Step, clock: Clock, calendar: WorkingCalendar) -> NewTask:
    until = calendar.add_workdays(clock.today(), step.pack.rectification.review_workdays)
    return NewTask(
        kind=TASK_KIND,
        title=f"{row.title}：{row.subject_title}",
        subject_kind="oversight.escalation",
        subject_id=row.escalation_id,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        unit_id=row.unit_id,
        role=row.role or "",
        tab="todo",
        due_on=until.day,
        provisional=until.provisional,
    )
