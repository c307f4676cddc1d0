"""Opens many tasks at once by COPY, for imports; the desk hears of each as of a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from shared.db.bulk import copy_rows
from shared.events.envelope import Subject
from shared.events.registry import BUSINESS_NAMES
from shared.ids import new_id
from shared.outbox.bulk import event_rows, write_event_rows
from shared.tasks.tables import TaskRow
from shared.tasks.work import NewTask, opened_data

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork

_FIXED: Final = (
    "kind",
    "title",
    "subject_kind",
    "subject_id",
    "unit_id",
    "role",
    "tab",
    "due_on",
    "provisional",
)
_COLUMNS = (
    "region_code",
    "fiscal_year",
    "task_id",
    "version",
    "opened_at",
    "first_due_on",
    *_FIXED,
)
_fixed = attrgetter(*_FIXED)


@dataclass(frozen=True, slots=True)
class PreparedTasks:
    """Rows of tasks and of the events that tell of them, ready to be written."""

    tasks: Sequence[tuple[Any, ...]]
    events: Sequence[tuple[Any, ...]]


def prepare_tasks(
    uow: UnitOfWork, clock: Clock, actor: Actor, tasks: Sequence[NewTask]
) -> PreparedTasks:
    """Build the rows without touching the session, so that another thread may do it."""
    now = clock.now()
    numbered: list[tuple[UUID, NewTask]] = [(new_id(), task) for task in tasks]
    facts = (
        (Subject(task_id, 1, task.region, task.fiscal_year), opened_data(task))
        for task_id, task in numbered
    )
    return PreparedTasks(
        tasks=[_row(task_id, task, now) for task_id, task in numbered],
        events=event_rows(uow, f"{BUSINESS_NAMES[uow.service]}.task.opened.v1", actor, facts, now),
    )


def write_tasks(uow: UnitOfWork, prepared: PreparedTasks) -> int:
    """Write prepared tasks and tell the desk; return how many there were."""
    copy_rows(uow.session, TaskRow, _COLUMNS, prepared.tasks)
    return write_event_rows(uow, prepared.events)


def open_tasks(uow: UnitOfWork, clock: Clock, actor: Actor, tasks: Sequence[NewTask]) -> int:
    """Open every task and tell the desk; return how many there were."""
    return write_tasks(uow, prepare_tasks(uow, clock, actor, tasks))


def _row(task_id: UUID, task: NewTask, now: datetime) -> tuple[Any, ...]:
    return (task.region, task.fiscal_year, task_id, 1, now, task.due_on, *_fixed(task))
