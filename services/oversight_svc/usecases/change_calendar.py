"""Act: enter a holiday notice into the working-day calendar; every service recomputes from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.oversight_svc.store.policies import (
    CalendarChangeRow,
    calendar_aggregate,
    next_calendar_number,
)
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.oversight import CALENDAR_CHANGED
from shared.terms.vocabulary import DayKind

MAX_DAYS = 400


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """One day of the notice: off, or a working day (调休上班)."""

    day: date
    is_workday: bool
    kind: DayKind


@dataclass(frozen=True, slots=True)
class ChangeCalendar:
    """The days of one notice, with its document number."""

    days: tuple[ChangedDay, ...]
    source_document: str


def change_calendar(uow: UnitOfWork, clock: Clock, actor: Actor, command: ChangeCalendar) -> int:
    """Record the notice and tell every service; return the number of days entered."""
    require(actor, "oversight.calendar.change")
    _check(command)
    region = actor.scope.region
    number = next_calendar_number(uow.session, region)
    days = [
        {
            "day": entry.day,
            "is_workday": entry.is_workday,
            "kind": entry.kind.value,
            "source_document": command.source_document.strip(),
        }
        for entry in command.days
    ]
    stored = [{**entry, "day": str(entry["day"])} for entry in days]
    uow.session.add(
        CalendarChangeRow(
            region_code=region,
            number=number,
            source_document=command.source_document.strip(),
            days=stored,
            changed_at=clock.now(),
            changed_by=actor.name,
        )
    )
    aggregate = calendar_aggregate(region)
    uow.emit(CALENDAR_CHANGED, Subject(aggregate, number, region), actor, {"days": days})
    subject = ("oversight.calendar", aggregate, command.source_document.strip())
    record(uow, actor, "oversight.calendar.change", subject, after={"days": stored})
    return len(days)


def _check(command: ChangeCalendar) -> None:
    problems = []
    if not command.source_document.strip():
        message = "请填写依据的通知文号，例如「国办发明电〔2025〕7号」。"
        problems.append(FieldProblem("source_document", "missing", message))
    if not command.days:
        problems.append(FieldProblem("days", "missing", "请至少填写一天。"))
    if len(command.days) > MAX_DAYS:
        problems.append(FieldProblem("days", "too_many", f"一次最多填写 {MAX_DAYS} 天。"))
    if len({entry.day for entry in command.days}) != len(command.days):
        problems.append(FieldProblem("days", "repeated", "同一天填写了两次，请核对。"))
    if problems:
        raise InvalidInputError(problems)
