"""Deadlines computed from a pack's rules and the working-day calendar.

Requirements: Y25-4.3 (the phrase with three readings), Y25-5.4, HC17.1 (dates differ by locality).
"""

from __future__ import annotations

from datetime import date
from typing import assert_never

from shared.calendar import Reckoned, WorkingCalendar
from shared.policy.model import Deadline, DeadlineKind, DeadlineRule, Pack, RollPolicy


def compute_deadline(
    pack: Pack,
    rule_id: str,
    fiscal_year: int,
    calendar: WorkingCalendar,
    *,
    start: date | None = None,
) -> Deadline:
    """Return the deadline `rule_id` of `pack` for budget year `fiscal_year`.

    `start` is the local day from which working days count; it belongs to rules of the kind
    `workdays_after` and to no other. Raises `KeyError` when the pack has no such rule and
    `ValueError` when `start` is missing or not wanted.
    """
    rule = pack.deadlines[rule_id]
    if (start is None) == (rule.kind is DeadlineKind.WORKDAYS_AFTER):
        raise ValueError(f"deadline {rule_id} of kind {rule.kind} and start {start} do not match")
    opens_on, due = _due(rule, fiscal_year + rule.year_offset, calendar, start)
    buffer = calendar.add_workdays(due.day, rule.buffer_workdays)
    return Deadline(
        due_on=due.day,
        provisional=due.provisional or buffer.provisional,
        rule_id=rule.id,
        pack=pack.ref,
        buffer_on=buffer.day,
        opens_on=opens_on,
    )


def _due(
    rule: DeadlineRule, year: int, calendar: WorkingCalendar, start: date | None
) -> tuple[date | None, Reckoned]:
    """Return the first day of the named period, if the rule names one, and the due day."""
    match rule.kind:
        case DeadlineKind.FIXED:
            return None, _rolled(date(year, rule.month, rule.day), rule.roll, calendar)
        case DeadlineKind.NTH_WORKDAY_OF_MONTH:
            return None, calendar.nth_workday_of_month(year, rule.month, rule.n)
        case DeadlineKind.LAST_NTH_WORKDAY_OF_MONTH:
            first = calendar.nth_last_workday_of_month(year, rule.month, rule.n)
            return first.day, calendar.nth_last_workday_of_month(year, rule.month, 1)
        case DeadlineKind.NTH_WORKDAY_AFTER_MONTH:
            return None, calendar.nth_workday_after_month(year, rule.month, rule.n)
        case DeadlineKind.WORKDAYS_AFTER if start is not None:
            return None, calendar.add_workdays(start, rule.n)
        case DeadlineKind.WORKDAYS_AFTER:
            raise ValueError(f"deadline {rule.id} counts from a day, and none was given")
        case _:
            assert_never(rule.kind)


def _rolled(day: date, roll: RollPolicy, calendar: WorkingCalendar) -> Reckoned:
    match roll:
        case RollPolicy.NONE:
            return Reckoned(day, provisional=False)
        case RollPolicy.NEXT_WORKDAY:
            return calendar.next_workday(day)
        case RollPolicy.PREV_WORKDAY:
            return calendar.previous_workday(day)
        case _:
            assert_never(roll)
