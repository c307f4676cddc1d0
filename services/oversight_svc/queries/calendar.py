"""Reads of the working-day calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.calendar_store import CalendarDayRow
from shared.terms.vocabulary import DayKind


@dataclass(frozen=True, slots=True)
class KnownDay:
    """A day some notice speaks of."""

    day: date
    is_workday: bool
    kind: DayKind
    source_document: str


def days_of_year(session: Session, year: int) -> dict[date, KnownDay]:
    """Return the days of `year` that are known; empty for a year not published yet."""
    rows = session.scalars(
        select(CalendarDayRow)
        .where(CalendarDayRow.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDayRow.day)
    )
    return {
        row.day: KnownDay(row.day, row.is_workday, DayKind(row.kind), row.source_document)
        for row in rows
    }
