"""Opens, reschedules and closes tasks, telling the desk by event in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.registry import BUSINESS_NAMES
from shared.ids import new_id
from shared.tasks.tables import TaskRow

OF_NO_UNIT = UUID(int=0)
"""`unit_id` of a task that names no unit on purpose: whoever sees the region sees it."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """What waits for whom. `tab` is where the desk shows it: `todo`, `returned` or `review`."""

    kind: str
    title: str
    subject_kind: str
    subject_id: UUID
    region: str
    fiscal_year: int
    unit_id: UUID
    role: str
    tab: str
    due_on: date | None = None
    provisional: bool = False


def open_task(uow: UnitOfWork, clock: Clock, actor: Actor, task: NewTask) -> UUID:
    """Open a task and tell the desk; return its id."""
    row = TaskRow(
        region_code=task.region,
        fiscal_year=task.fiscal_year,
        task_id=new_id(),
        version=1,
        kind=task.kind,
        title=task.title,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        unit_id=task.unit_id,
        role=task.role,
        tab=task.tab,
        opened_at=clock.now(),
        due_on=task.due_on,
        first_due_on=task.due_on,
        provisional=task.provisional,
    )
    uow.session.add(row)
    _tell(uow, actor, row, "opened", opened_data(task))
    return row.task_id


def opened_data(task: NewTask) -> dict[str, object]:
    """Return what the desk is told of a new task."""
    return {
        "kind": task.kind,
        "title": task.title,
        "subject_kind": task.subject_kind,
        "subject_id": task.subject_id,
        "unit_id": task.unit_id,
        "role": task.role,
        "tab": task.tab,
        "due_on": task.due_on,
        "provisional": task.provisional,
    }


def open_tasks_of(uow: UnitOfWork, subject_id: UUID) -> Sequence[TaskRow]:
    """Return the open tasks about a subject, oldest first."""
    query = (
        select(TaskRow)
        .where(TaskRow.subject_id == subject_id, TaskRow.closed_at.is_(None))
        .order_by(TaskRow.task_id)
    )
    return uow.session.scalars(query).all()


def close_tasks(
    uow: UnitOfWork, clock: Clock, actor: Actor, subject_id: UUID, outcome: str
) -> None:
    """Close every open task about a subject with the same outcome (`submitted`, `passed` …)."""
    for row in open_tasks_of(uow, subject_id):
        row.version += 1
        row.closed_at = clock.now()
        row.outcome = outcome
        row.closed_by = actor.account_id
        _tell(
            uow,
            actor,
            row,
            "closed",
            {
                "kind": row.kind,
                "subject_id": subject_id,
                "outcome": outcome,
                "closed_by": actor.account_id,
            },
        )


def reschedule_task(
    uow: UnitOfWork, actor: Actor, row: TaskRow, due_on: date | None, *, provisional: bool
) -> None:
    """Give an open task another due date; `first_due_on` keeps the first."""
    previous = row.due_on
    row.version += 1
    row.due_on = due_on
    row.provisional = provisional
    _tell(
        uow,
        actor,
        row,
        "rescheduled",
        {
            "subject_id": row.subject_id,
            "due_on": due_on,
            "previous_due_on": previous,
            "provisional": provisional,
        },
    )


def _tell(
    uow: UnitOfWork, actor: Actor, row: TaskRow, happened: str, data: dict[str, object]
) -> None:
    subject = Subject(row.task_id, row.version, row.region_code, row.fiscal_year)
    uow.emit(f"{BUSINESS_NAMES[uow.service]}.task.{happened}.v1", subject, actor, data)
