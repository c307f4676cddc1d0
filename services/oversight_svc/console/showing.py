"""Small pieces several pages of this service show."""

from __future__ import annotations

from datetime import date

from shared.calendar import WorkingCalendar
from shared.web.console.views import Due


def due_of(
    on: date | None,
    today: date,
    calendar: WorkingCalendar,
    *,
    provisional: bool,
    was_on: date | None = None,
) -> Due | None:
    """Return a due date with the working days left; `was_on` is shown when it was another day."""
    if on is None:
        return None
    left = calendar.workdays_between(today, on)
    if on < today and left == 0:
        left = -1  # it ended on a day off: late all the same
    return Due(on, left, provisional, was_on if was_on != on else None)
