"""Settles a climbed rung: state, task, event and trail together; urging a finding settles too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.oversight_svc.domain.ladder import EscalationState
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.store.escalations import EscalationRow, waiting_rungs_of
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import UrgingRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.oversight import ESCALATION_CHANGED
from shared.policy.escalation import RungWay
from shared.tasks.work import close_tasks
from shared.trail.record import Act

_WAYS = {UrgingMeans.LETTER: RungWay.LETTER, UrgingMeans.CALL: RungWay.CALL}
_ACTS = {
    EscalationState.TAKEN: "take",
    EscalationState.SKIPPED: "skip",
    EscalationState.LAPSED: "lapse",
}


def settle(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    row: EscalationRow,
    state: EscalationState,
    *,
    note: str,
) -> None:
    """Give a waiting rung its end; the task it opened leaves the desk."""
    before = {"state": row.state}
    row.state = state.value
    row.version += 1
    row.note = note
    row.settled_at = clock.now()
    row.settled_by = actor.account_id
    row.settler_name = actor.name if actor.account_id else ""
    close_tasks(uow, clock, actor, row.escalation_id, outcome=state.value)
    subject = Subject(row.escalation_id, row.version, row.region_code, row.fiscal_year)
    uow.emit(ESCALATION_CHANGED, subject, actor, told_data(row))
    uow.record(
        actor,
        Act(
            name=f"oversight.escalation.{_ACTS[state]}",
            object_kind="oversight.escalation",
            object_id=row.escalation_id,
            object_title=row.subject_title,
            region=row.region_code,
            fiscal_year=row.fiscal_year,
            unit_id=row.unit_id,
            before=before,
            after={"rung": row.rung, "state": row.state, "document_number": row.document_number},
            comment="：".join(part for part in (row.title, note) if part),
        ),
    )


def take_by_urging(
    uow: UnitOfWork, clock: Clock, actor: Actor, finding: FindingRow, urging: UrgingRow
) -> None:
    """Take the finding's waiting rungs that ask for just what was done: the letter or the call."""
    way = _WAYS.get(UrgingMeans(urging.means))
    if way is None:
        return
    key = (finding.region_code, finding.fiscal_year, finding.finding_id)
    for row in waiting_rungs_of(uow.session, *key, way):
        row.document_number = urging.document_number
        row.document_on = urging.sent_on
        row.scan_digest = urging.scan_digest
        row.person = urging.person
        settle(uow, clock, actor, row, EscalationState.TAKEN, note=urging.note)


def take_by_earlier(row: EscalationRow, urgings: Sequence[UrgingRow]) -> None:
    """Let a rung that is just being climbed count as taken where the urging has gone out already.

    Whoever sent the letter or called after the date was missed is not asked to do it again.
    """
    for urging in urgings:
        is_such = _WAYS.get(UrgingMeans(urging.means)) == row.way
        if is_such and urging.sent_on is not None and urging.sent_on > row.due_on:
            row.state = EscalationState.TAKEN.value
            row.document_number = urging.document_number
            row.document_on = urging.sent_on
            row.scan_digest = urging.scan_digest
            row.person, row.note = urging.person, urging.note
            row.settled_at, row.settled_by = urging.urged_at, urging.urged_by
            row.settler_name = urging.urger_name
            return


def told_data(row: EscalationRow) -> dict[str, Any]:
    """Return what the others are told of a rung."""
    names = ("kind", "subject_kind", "subject_id", "unit_id", "rung", "title", "state", "due_on",
             "reached_on", "document_number", "person", "note", "settler_name")  # fmt: skip
    return {name: getattr(row, name) for name in names}
