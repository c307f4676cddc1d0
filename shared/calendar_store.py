"""The calendar's table: seeded with the published years, changed by the administrator's notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import chinese_calendar
from sqlalchemy import Boolean, Integer, String, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.calendar import WorkingCalendar
from shared.db.base import FrameBase
from shared.events.oversight import CALENDAR_CHANGED
from shared.events.registry import REGISTRY
from shared.terms.vocabulary import DayKind

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork
    from shared.events.envelope import Event

SEED_FIRST, SEED_LAST = date(2021, 1, 1), date(2026, 12, 31)
SEED_SOURCE = "国务院办公厅年度节假日安排通知（chinesecalendar 整理）"


class CalendarDayRow(FrameBase):
    """One day and why it is worked or not. `source_document` names the notice it rests on."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(20))
    source_document: Mapped[str]
    loaded_at: Mapped[datetime]


def seed_days(loaded_at: datetime) -> list[dict[str, Any]]:
    """Return the rows of 2021 to 2026 for the first migration; the years end where notices end."""
    return [
        {
            "day": day,
            "is_workday": kind in _WORKED,
            "kind": kind.value,
            "source_document": SEED_SOURCE,
            "loaded_at": loaded_at,
        }
        for day, kind in _seed_kinds()
    ]


def seed_calendar() -> WorkingCalendar:
    """Return the calendar of the seeded years, for rules applied without a database."""
    return WorkingCalendar({day: kind in _WORKED for day, kind in _seed_kinds()})


def load_calendar(session: Session) -> WorkingCalendar:
    """Return the calendar of this service's database.

    The days are read again only when their digest has changed.
    """
    known = _LOADED.get(session.scalar(select(_DIGEST)))
    if known is not None:
        return known
    # the digest is read again with the days: another notice may have been entered in between
    digest = select(_DIGEST).scalar_subquery().label("digest")
    rows = session.execute(select(CalendarDayRow.day, CalendarDayRow.is_workday, digest)).all()
    calendar = WorkingCalendar({row.day: row.is_workday for row in rows})
    if len(_LOADED) >= _KEPT:
        _LOADED.clear()
    _LOADED[rows[0].digest if rows else None] = calendar
    return calendar


def learn_calendar_day(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Take over the days an administrator has entered from a notice; later entries win."""
    del actor
    data = REGISTRY.get(CALENDAR_CHANGED).read(event.data)
    rows = [{**day, "loaded_at": clock.now()} for day in data["days"]]
    statement = insert(CalendarDayRow).values(rows)
    changed = {
        name: statement.excluded[name]
        for name in ("is_workday", "kind", "source_document", "loaded_at")
    }
    uow.session.execute(
        statement.on_conflict_do_update(index_elements=[CalendarDayRow.day], set_=changed)
    )


def _seed_kinds() -> Iterator[tuple[date, DayKind]]:
    for n in range((SEED_LAST - SEED_FIRST).days + 1):
        day = SEED_FIRST + timedelta(days=n)
        yield day, _kind(day)


def _kind(day: date) -> DayKind:
    is_holiday, name = chinese_calendar.get_holiday_detail(day)  # type: ignore[no-untyped-call]
    if is_holiday:
        return DayKind.HOLIDAY if name else DayKind.WEEKEND
    return DayKind.WORKDAY if day.isoweekday() <= _FRIDAY else DayKind.MAKE_UP_WORKDAY


_FRIDAY = 5
_WORKED = frozenset({DayKind.WORKDAY, DayKind.MAKE_UP_WORKDAY})
_KEPT = 8
_DAY_AND_WORKED = (CalendarDayRow.day - SEED_FIRST) * 2 + cast(CalendarDayRow.is_workday, Integer)
_DIGEST = func.sum(func.hashint8extended(_DAY_AND_WORKED, 0))
"""A number that changes with any day; `None` for an empty calendar."""
_LOADED: dict[Decimal | None, WorkingCalendar] = {}
