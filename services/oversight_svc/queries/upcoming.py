"""The deadlines of the rules in force that come next, for the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from shared.calendar import WorkingCalendar
from shared.policy.active import NoPolicyError, policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.model import Deadline, DeadlineKind

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A dated deadline of a budget year."""

    title: str
    fiscal_year: int
    deadline: Deadline


def next_deadlines(
    session: Session, region: str, today: date, calendar: WorkingCalendar
) -> list[Upcoming]:
    """Return the next dated deadlines of the budget years now at work, the nearest first.

    Empty when no pack is in force. Deadlines counted from an event have no date of their own.
    """
    found: list[Upcoming] = []
    for year in range(today.year - 1, today.year + 2):
        try:
            pack = policy_for(session, region, year)
        except NoPolicyError:
            continue
        for rule in pack.deadlines.values():
            if rule.kind is DeadlineKind.WORKDAYS_AFTER:
                continue
            try:
                deadline = compute_deadline(pack, rule.id, year, calendar)
            except ValueError:  # a mistaken notice left the month too few working days
                continue
            if deadline.due_on >= today:
                found.append(Upcoming(rule.title, year, deadline))
    return sorted(found, key=lambda each: each.deadline.due_on)[:SHOWN]
