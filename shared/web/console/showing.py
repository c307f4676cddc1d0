"""Small things pages of several services show the same way: due dates, choices, years."""

from __future__ import annotations

from datetime import date

from shared.calendar import WorkingCalendar
from shared.terms import labels
from shared.web.console.views import Choice, Due


def due_of(
    on: date,
    today: date,
    calendar: WorkingCalendar,
    *,
    provisional: bool = False,
    was_on: date | None = None,
    done: bool = False,
) -> Due:
    """Return a due date with the working days left; `was_on` is shown when it was another day."""
    left = calendar.workdays_between(today, on)
    if on < today and left == 0:
        left = -1  # it ended on a day off: late all the same
    return Due(on, left, provisional, was_on if was_on != on else None, done)


def choices_of(kind: str) -> list[Choice]:
    """Return the labels of `kind` as choices."""
    return [Choice(value, label) for value, label in labels(kind).items()]


def year_choices(latest: int, oldest: int) -> list[Choice]:
    """Return the budget years a list offers, the latest first."""
    return [Choice(str(year), f"{year}年度") for year in range(latest, oldest - 1, -1)]
