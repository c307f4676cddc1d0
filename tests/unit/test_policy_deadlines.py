"""Deadlines: the three readings, fixed dates that roll or do not, buffers, provisional years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.calendar_store import seed_calendar
from shared.policy.answers import apply_answers
from shared.policy.deadlines import compute_deadline
from shared.policy.loader import find_pack
from shared.policy.model import DeadlineKind, Pack, RollPolicy

CALENDAR = seed_calendar()
YUECHI = find_pack("yuechi-2023")


def reading(code: str) -> Pack:
    return apply_answers(YUECHI, {"monitoring_report_day": code})


def fixed(month: int, day: int, roll: RollPolicy = RollPolicy.NONE) -> Pack:
    rule = replace(YUECHI.deadlines["target_declaration"], month=month, day=day, roll=roll)
    return replace(YUECHI, deadlines={"rule": replace(rule, id="rule", year_offset=0)})


@pytest.mark.parametrize(("year", "due"), [(2024, date(2024, 10, 12)), (2025, date(2025, 10, 14))])
def test_reading_a_fifth_workday(year: int, due: date) -> None:
    found = compute_deadline(
        reading("fifth_workday_of_october"), "monitoring_report", year, CALENDAR
    )
    assert (found.due_on, found.opens_on, found.provisional) == (due, None, False)
    assert found.rule_id == "monitoring_report"
    assert found.pack == YUECHI.ref


@pytest.mark.parametrize(
    ("year", "opens", "due"),
    [
        (2024, date(2024, 10, 25), date(2024, 10, 31)),
        (2025, date(2025, 10, 27), date(2025, 10, 31)),
        (2026, date(2026, 10, 26), date(2026, 10, 30)),
    ],
)
def test_reading_b_last_five_workdays(year: int, opens: date, due: date) -> None:
    pack = reading("last_five_workdays_of_october")
    found = compute_deadline(pack, "monitoring_report", year, CALENDAR)
    assert (found.opens_on, found.due_on) == (opens, due)


@pytest.mark.parametrize(
    ("year", "due"),
    [(2024, date(2024, 11, 7)), (2025, date(2025, 11, 7)), (2026, date(2026, 11, 6))],
)
def test_reading_c_after_october(year: int, due: date) -> None:
    pack = reading("five_workdays_after_october")
    assert compute_deadline(pack, "monitoring_report", year, CALENDAR).due_on == due


def test_yuechi_2023_is_due_on_11_october() -> None:
    found = compute_deadline(YUECHI, "monitoring_report", 2023, CALENDAR)
    assert found.due_on == found.buffer_on == date(2023, 10, 11)


@pytest.mark.parametrize(
    ("day", "roll", "due"),
    [
        (date(2025, 5, 10), RollPolicy.NONE, date(2025, 5, 10)),
        (date(2025, 5, 10), RollPolicy.NEXT_WORKDAY, date(2025, 5, 12)),
        (date(2025, 5, 10), RollPolicy.PREV_WORKDAY, date(2025, 5, 9)),
        (date(2026, 5, 10), RollPolicy.NEXT_WORKDAY, date(2026, 5, 11)),
        (date(2026, 5, 10), RollPolicy.PREV_WORKDAY, date(2026, 5, 9)),  # a make-up Saturday
        (date(2025, 5, 31), RollPolicy.NEXT_WORKDAY, date(2025, 6, 3)),  # 端午 follows
        (date(2025, 11, 30), RollPolicy.NEXT_WORKDAY, date(2025, 12, 1)),
        (date(2025, 5, 12), RollPolicy.NEXT_WORKDAY, date(2025, 5, 12)),
    ],
)
def test_fixed_dates(day: date, roll: RollPolicy, due: date) -> None:
    found = compute_deadline(fixed(day.month, day.day, roll), "rule", day.year, CALENDAR)
    assert (found.due_on, found.provisional) == (due, False)


def test_year_offset() -> None:
    found = compute_deadline(YUECHI, "target_declaration", 2024, CALENDAR)
    assert found.due_on == date(2023, 12, 31)


def test_counted_from_a_day_with_a_buffer() -> None:
    start = date(2023, 9, 28)
    found = compute_deadline(YUECHI, "rectification_report", 2023, CALENDAR, start=start)
    assert CALENDAR.workdays_between(start, found.due_on) == 20
    assert CALENDAR.workdays_between(found.due_on, found.buffer_on) == 5


def test_unpublished_year_is_provisional() -> None:
    found = compute_deadline(YUECHI, "monitoring_report", 2027, CALENDAR)
    assert (found.due_on, found.provisional) == (date(2027, 10, 7), True)
    late = compute_deadline(YUECHI, "rectification_report", 2026, CALENDAR, start=date(2026, 12, 1))
    assert late.due_on.year == 2026
    assert late.provisional  # its buffer reaches into 2027


def test_start_belongs_to_rules_that_count_from_a_day() -> None:
    with pytest.raises(ValueError, match="correction"):
        compute_deadline(YUECHI, "correction", 2023, CALENDAR)
    with pytest.raises(ValueError, match="monitoring_report"):
        compute_deadline(YUECHI, "monitoring_report", 2023, CALENDAR, start=date(2023, 1, 1))
    with pytest.raises(KeyError):
        compute_deadline(YUECHI, "nothing", 2023, CALENDAR)


def test_every_kind_is_covered_by_a_shipped_rule() -> None:
    kinds = {rule.kind for rule in YUECHI.deadlines.values()}
    kinds |= {rule.kind for q in YUECHI.questions for _, _, rule in q.readings}
    assert kinds == set(DeadlineKind)


def test_declaration_window() -> None:
    window = YUECHI.windows["target_declaration"]
    assert window.dates(2024) == (date(2023, 9, 1), date(2023, 12, 31))
