"""What minutes and tasks have in common, on a case and in a joint action (JN22-5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.oversight_svc.store.joint_work import JointTaskColumns, MinutesColumns
from services.oversight_svc.usecases.keep_upload import own_uploads
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import ConflictError, FieldProblem, InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What was written down of a meeting."""

    held_on: date | None
    attendees: str
    text: str
    scan_digest: str = ""


def fill_minutes(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    row: MinutesColumns,
    held_on: date,
    said: Meeting,
) -> None:
    """Put what was checked into the row, with who entered it and the scan uploaded for it."""
    scans = own_uploads(uow, clock, actor, [said.scan_digest])
    row.held_on, row.attendees, row.text = held_on, said.attendees.strip(), said.text.strip()
    row.scan_digest, row.scan_name = said.scan_digest, scans[0].filename if scans else ""
    row.entered_at, row.enterer_name = clock.now(), actor.name


def finish(clock: Clock, actor: Actor, row: JointTaskColumns, note: str) -> None:
    """Mark a task as done.

    Raises `ConflictError` for one done already, `InvalidInputError` when nothing is said of it.
    """
    if row.done_on is not None:
        raise ConflictError
    if not note.strip():
        raise InvalidInputError([FieldProblem("note", "missing", "请写明完成情况。")])
    row.done_on, row.done_note, row.doer_name = clock.today(), note.strip(), actor.name
