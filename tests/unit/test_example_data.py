"""The example's findings before anybody tells them: plausible, and of every kind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.example.diary import CALENDAR
from services.example.findings import Problem, read_problems
from services.example.people import read_data
from shared.terms.vocabulary import FindingCategory, MoneyKind, RectificationKind

PROBLEMS = [problem for problems in read_problems() for problem in problems]


def test_there_are_enough_and_every_title_is_its_own() -> None:
    assert len(PROBLEMS) >= 60
    assert len({problem.title for problem in PROBLEMS}) == len(PROBLEMS)


def test_every_kind_occurs() -> None:
    assert {problem.kind for problem in PROBLEMS} == set(RectificationKind)
    assert {problem.category for problem in PROBLEMS} == set(FindingCategory)
    assert {kind for problem in PROBLEMS for kind in problem.money} == set(MoneyKind)
    assert {problem.document.source.value for problem in PROBLEMS} == {
        "self_evaluation", "monitoring", "finance_evaluation", "audit", "inspection",
    }  # fmt: skip
    assert {problem.document.year for problem in PROBLEMS} == {2021, 2022, 2023}


def test_units_are_many_and_of_every_office() -> None:
    units = {unit["name"]: unit for unit in read_data("units")["unit"]}
    named = {name for problem in PROBLEMS for name in (problem.unit, *problem.others)}
    assert named <= set(units)
    assert len({problem.unit for problem in PROBLEMS}) > 25
    assert len({units[problem.unit]["office"] for problem in PROBLEMS}) == 7


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.title)
def test_days_are_worked_and_sums_fit(problem: Problem) -> None:
    document = problem.document
    for day in (document.on, document.noticed):
        assert day is None or CALENDAR.is_workday(day) == (True, True)
    assert problem.amount is None or sum(problem.money.values(), Decimal(0)) <= problem.amount
    assert problem.amount is not None or not problem.money
    assert document.is_closed == (problem.closed_on is not None)


def test_amounts_are_skewed() -> None:
    """A few large ones make most of the sum, as in a real county."""
    amounts = sorted(problem.amount for problem in PROBLEMS if problem.amount)
    largest = amounts[-len(amounts) // 5 :]
    assert sum(largest) > sum(amounts) / 2
