"""Small pieces several pages of this service show."""

from __future__ import annotations

from datetime import date

from shared.calendar import WorkingCalendar
from shared.web.console import showing
from shared.web.console.views import Due


def due_of(
    on: date | None,
    today: date,
    calendar: WorkingCalendar,
    *,
    provisional: bool,
    was_on: date | None = None,
) -> Due | None:
    """Return a due date as pages show it, `None` where there is none."""
    if on is None:
        return None
    return showing.due_of(on, today, calendar, provisional=provisional, was_on=was_on)
