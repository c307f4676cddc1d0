"""Working days of mainland China: holidays off, make-up days (调休) worked.

Pure: the published days come in as a mapping. A year nobody has published yet is counted by
weekdays alone and every result that rests on it is marked provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Reckoned(NamedTuple):
    """A computed day. `provisional`: a year it rests on is not published yet."""

    day: date
    provisional: bool


class WorkingCalendar:
    """Counts working days.

    A year counts as published once its New Year's Day is among the days, since every yearly
    notice names it; a day of such a year that is not listed follows the weekday.
    """

    def __init__(self, days: Mapping[date, bool]) -> None:
        """Take `days`: day → is it a working day."""
        self._days = dict(days)
        self._years = frozenset(day.year for day in days if (day.month, day.day) == (1, 1))
        moved = {day: works - _is_weekday(day) for day, works in days.items()}
        self._moved = sorted(day for day, change in moved.items() if change)
        self._gained = [0, *accumulate(moved[day] for day in self._moved)]

    @property
    def published_years(self) -> frozenset[int]:
        """Return the years whose holidays are known."""
        return self._years

    def is_workday(self, day: date) -> tuple[bool, bool]:
        """Return (is `day` a working day, is its year published)."""
        is_working = self._days.get(day, _is_weekday(day))
        return is_working, day.year in self._years

    def add_workdays(self, start: date, count: int) -> Reckoned:
        """Return the `count`-th working day after `start` (before it when negative).

        `start` itself is never counted; a count of 0 gives `start` back, working day or not.
        """
        step = _ONE_DAY if count >= 0 else -_ONE_DAY
        day, missing, provisional = start, abs(count), False
        while missing:
            day += step
            is_working, is_published = self.is_workday(day)
            provisional = provisional or not is_published
            missing -= is_working
        return Reckoned(day, provisional)

    def workdays_between(self, start: date, end: date) -> int:
        """Return the working days after the earlier day up to and including the later one.

        Positive while `end` lies ahead of `start`, negative once it has passed: with today as
        `start` and a due day as `end` it is the days left, or the days overdue with a minus.
        """
        return self._workdays_until(end) - self._workdays_until(start)

    def _workdays_until(self, day: date) -> int:
        """Return the working days since the beginning of the year 1, which began on a Monday.

        Weekdays and what holidays and make-up days changed: no counting day by day, since lists
        of many thousand rows ask this for each.
        """
        weeks, rest = divmod(day.toordinal(), 7)
        return weeks * 5 + min(rest, 5) + self._gained[bisect_right(self._moved, day)]

    def nth_workday_of_month(self, year: int, month: int, n: int) -> Reckoned:
        """Return the n-th working day of the month; raise `ValueError` if it has fewer."""
        return self._in_month(year, month, self.add_workdays(date(year, month, 1) - _ONE_DAY, n))

    def nth_last_workday_of_month(self, year: int, month: int, n: int) -> Reckoned:
        """Return the n-th working day from the month's end; 1 is the last one.

        Raises `ValueError` if the month has fewer.
        """
        after = _month_end(year, month) + _ONE_DAY
        return self._in_month(year, month, self.add_workdays(after, -n))

    def nth_workday_after_month(self, year: int, month: int, n: int) -> Reckoned:
        """Return the n-th working day after the month has ended."""
        return self.add_workdays(_month_end(year, month), n)

    def next_workday(self, day: date) -> Reckoned:
        """Return `day` if it is a working day, else the next one."""
        return self.add_workdays(day - _ONE_DAY, 1)

    def previous_workday(self, day: date) -> Reckoned:
        """Return `day` if it is a working day, else the one before."""
        return self.add_workdays(day + _ONE_DAY, -1)

    @staticmethod
    def _in_month(year: int, month: int, found: Reckoned) -> Reckoned:
        if (found.day.year, found.day.month) != (year, month):
            raise ValueError(f"{year}-{month:02} has fewer working days")
        return found


def _is_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
