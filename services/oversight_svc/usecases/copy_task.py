"""Acts on events: the desk copies the tasks every service opens, reschedules and closes."""

from __future__ import annotations

from services.oversight_svc.store.desk import DeskTaskRow, find_desk_task
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import UnavailableError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY


class TaskUnknownError(UnavailableError):
    """An event about a task the desk has not heard of yet; tried again later."""

    code = "task_unknown"
    sentence = "尚未收到事项 {task_id} 的开启事件。"


def copy_opened(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Add an opened task to the desk."""
    data = REGISTRY.get(event.type).read(event.data)
    subject = event.subject
    uow.session.add(
        DeskTaskRow(
            region_code=subject.region,
            fiscal_year=subject.fiscal_year,
            task_id=subject.id,
            version=subject.version,
            source=event.source.strip("/"),
            kind=data["kind"],
            title=data["title"],
            subject_kind=data["subject_kind"],
            subject_id=data["subject_id"],
            unit_id=data["unit_id"],
            role=data["role"],
            tab=data["tab"],
            opened_at=event.time,
            due_on=data["due_on"],
            first_due_on=data["due_on"],
            provisional=data["provisional"],
            closed_at=None,
            closed_by=None,
            outcome=None,
        )
    )


def copy_closed(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Mark the desk's copy as done, with outcome and who did it."""
    data = REGISTRY.get(event.type).read(event.data)
    row = _known(uow, event)
    row.version = event.subject.version
    row.closed_at = event.time
    row.closed_by = data["closed_by"]
    row.outcome = data["outcome"]


def copy_rescheduled(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    event: Event,
) -> None:
    """Give the desk's copy its new due date; the first one stays."""
    data = REGISTRY.get(event.type).read(event.data)
    row = _known(uow, event)
    row.version = event.subject.version
    row.due_on = data["due_on"]
    row.provisional = data["provisional"]


def _known(uow: UnitOfWork, event: Event) -> DeskTaskRow:
    subject = event.subject
    row = find_desk_task(uow.session, subject.region, subject.fiscal_year, subject.id)
    if row is None:
        raise TaskUnknownError(task_id=subject.id)
    return row
