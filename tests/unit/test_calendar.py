"""Working days: published years, golden dates, and properties that hold for any day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar import Reckoned, WorkingCalendar
from shared.calendar_store import SEED_FIRST, SEED_LAST, seed_calendar, seed_days

CALENDAR = seed_calendar()
DAYS = st.dates(date(2021, 6, 1), date(2026, 6, 30))
COUNTS = st.integers(0, 60)


def test_every_seeded_day_agrees_with_an_independent_source() -> None:
    china = holidays.country_holidays("CN", years=range(2021, 2027))
    days = [SEED_FIRST + timedelta(n) for n in range((SEED_LAST - SEED_FIRST).days + 1)]
    differing = [day for day in days if CALENDAR.is_workday(day)[0] != china.is_working_day(day)]
    assert differing == []


@pytest.mark.parametrize("year", [2025, 2026])
def test_working_days_of_a_year(year: int) -> None:
    assert CALENDAR.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)) == 248


MAKE_UP_DAYS = """
    2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
    2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""


@pytest.mark.parametrize("text", MAKE_UP_DAYS.split())
def test_make_up_days_are_worked(text: str) -> None:
    day = date.fromisoformat(text)
    assert day.isoweekday() >= 6
    assert CALENDAR.is_workday(day) == (True, True)
    row = next(row for row in seed_days(datetime(2026, 1, 1, tzinfo=UTC)) if row["day"] == day)
    assert row["kind"] == "make_up_workday"


def test_seed_names_every_day_once_and_its_kind() -> None:
    rows = seed_days(datetime(2026, 1, 1, tzinfo=UTC))
    kinds = {row["day"]: row["kind"] for row in rows}
    assert len(kinds) == len(rows) == 2191
    assert kinds[date(2026, 10, 1)] == "holiday"
    assert kinds[date(2026, 11, 21)] == "weekend"
    assert kinds[date(2026, 11, 20)] == "workday"


@pytest.mark.parametrize(
    ("year", "due"),
    [
        (2021, "2021-10-13"),
        (2022, "2022-10-12"),
        (2023, "2023-10-11"),
        (2024, "2024-10-12"),
        (2025, "2025-10-14"),
        (2026, "2026-10-13"),
    ],
)
def test_fifth_workday_of_october(year: int, due: str) -> None:
    assert CALENDAR.nth_workday_of_month(year, 10, 5) == (date.fromisoformat(due), False)


def test_first_five_workdays_of_october_2025() -> None:
    found = [CALENDAR.nth_workday_of_month(2025, 10, n).day.day for n in range(1, 6)]
    assert found == [9, 10, 11, 13, 14]


def test_unknown_year_counts_weekdays_and_says_so() -> None:
    assert CALENDAR.is_workday(date(2027, 10, 1)) == (True, False)
    assert CALENDAR.nth_workday_of_month(2027, 10, 5) == Reckoned(date(2027, 10, 7), True)  # noqa: FBT003
    assert CALENDAR.add_workdays(date(2026, 12, 31), 1) == Reckoned(date(2027, 1, 1), True)  # noqa: FBT003
    assert not CALENDAR.nth_last_workday_of_month(2026, 12, 1).provisional


def test_a_single_entered_day_does_not_publish_a_year() -> None:
    calendar = WorkingCalendar({date(2027, 7, 1): False})
    assert calendar.is_workday(date(2027, 7, 1)) == (False, False)
    assert calendar.published_years == frozenset()
    assert WorkingCalendar({date(2027, 1, 1): False}).published_years == {2027}


def test_a_day_overdue_is_negative() -> None:
    due, today = date(2026, 10, 13), date(2026, 10, 15)
    assert CALENDAR.workdays_between(today, due) == -2
    assert CALENDAR.workdays_between(due, today) == 2
    assert CALENDAR.workdays_between(due, due) == 0


def test_too_many_workdays_for_a_month() -> None:
    with pytest.raises(ValueError, match="2026-02"):
        CALENDAR.nth_workday_of_month(2026, 2, 25)
    with pytest.raises(ValueError, match="2026-02"):
        CALENDAR.nth_last_workday_of_month(2026, 2, 25)


def test_next_and_previous_workday() -> None:
    saturday = date(2025, 5, 10)
    assert CALENDAR.next_workday(saturday).day == date(2025, 5, 12)
    assert CALENDAR.previous_workday(saturday).day == date(2025, 5, 9)
    assert CALENDAR.next_workday(date(2025, 5, 12)).day == date(2025, 5, 12)


@given(DAYS, COUNTS)
def test_adding_and_counting_are_inverse(start: date, count: int) -> None:
    end = CALENDAR.add_workdays(start, count).day
    assert CALENDAR.workdays_between(start, end) == count


@given(DAYS, COUNTS)
def test_going_back_from_a_workday_is_inverse(start: date, count: int) -> None:
    workday = CALENDAR.next_workday(start).day
    earlier = CALENDAR.add_workdays(workday, -count).day
    assert CALENDAR.add_workdays(earlier, count).day == workday
    assert CALENDAR.workdays_between(workday, earlier) == -count


@given(DAYS, COUNTS, st.integers(1, 20))
def test_later_start_or_larger_count_never_ends_earlier(start: date, count: int, more: int) -> None:
    end = CALENDAR.add_workdays(start, count).day
    assert CALENDAR.add_workdays(start, count + more).day > end
    assert CALENDAR.add_workdays(start + timedelta(more), count).day >= end


@given(DAYS, st.integers(1, 60))
def test_the_result_is_a_workday(start: date, count: int) -> None:
    assert CALENDAR.is_workday(CALENDAR.add_workdays(start, count).day)[0]
    assert CALENDAR.is_workday(CALENDAR.add_workdays(start, -count).day)[0]


@given(DAYS, st.integers(0, 800))
@settings(max_examples=50)
def test_counting_is_what_counting_day_by_day_gives(start: date, length: int) -> None:
    days = [start + timedelta(days=number) for number in range(1, length + 1)]
    worked = sum(CALENDAR.is_workday(day)[0] for day in days)
    assert CALENDAR.workdays_between(start, start + timedelta(days=length)) == worked


@given(DAYS, DAYS, DAYS)
@settings(max_examples=50)
def test_counting_adds_up(first: date, second: date, third: date) -> None:
    total = CALENDAR.workdays_between(first, second) + CALENDAR.workdays_between(second, third)
    assert total == CALENDAR.workdays_between(first, third)


@given(st.integers(2021, 2026), st.integers(1, 12), st.integers(1, 15))
def test_first_and_last_of_a_month_meet(year: int, month: int, n: int) -> None:
    nth = CALENDAR.nth_workday_of_month(year, month, n).day
    first = CALENDAR.nth_workday_of_month(year, month, 1).day
    last = CALENDAR.nth_last_workday_of_month(year, month, 1).day
    in_month = CALENDAR.workdays_between(first, last) + 1
    assert CALENDAR.nth_last_workday_of_month(year, month, in_month - n + 1).day == nth
