"""Overlap of the two offices' plans: project before unit, periods, what a note must say."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.oversight_svc.domain.annual_plan import (
    Coordination,
    Nearness,
    OtherSideError,
    PlannedWork,
    PlanSide,
    are_at_once,
    check_coordination,
    check_planned,
    nearness,
    side_of,
)

A, B, P, Q = (UUID(int=each) for each in range(4))


def work(
    unit: UUID = A,
    project: UUID | None = None,
    starts: date | None = None,
    ends: date | None = None,
) -> PlannedWork:
    return PlannedWork(unit, project, starts, ends)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (work(project=P), work(project=P), Nearness.SAME_PROJECT),
        (work(project=P), work(project=Q), None),
        (work(project=P), work(), Nearness.SAME_UNIT),
        (work(), work(), Nearness.SAME_UNIT),
        (work(unit=B, project=P), work(project=P), None),
        (work(unit=B), work(), None),
    ],
)
def test_nearness(one: PlannedWork, other: PlannedWork, near: Nearness | None) -> None:
    assert nearness(one, other) is near
    assert nearness(other, one) is near


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        ((1, 3), (3, 5), True),
        ((1, 3), (4, 5), False),
        ((4, 5), (1, 3), False),
        ((1, None), (9, 9), True),
        ((None, 3), (4, None), False),
        ((None, None), (4, 5), True),
    ],
)
def test_periods(
    first: tuple[int | None, int | None], second: tuple[int | None, int | None], *, meets: bool
) -> None:
    def of(months: tuple[int | None, int | None]) -> PlannedWork:
        starts, ends = (date(2024, each, 1) if each else None for each in months)
        return work(starts=starts, ends=ends)

    assert are_at_once(of(first), of(second)) is meets
    assert are_at_once(of(second), of(first)) is meets


def test_sides_and_words() -> None:
    assert side_of(frozenset({"fin_perf"})) is PlanSide.FINANCE
    assert side_of(frozenset({"audit_head"})) is PlanSide.AUDIT
    with pytest.raises(OtherSideError):
        side_of(frozenset({"fin_leader_group"}))
    assert check_coordination(Coordination.OPEN, "") == []
    assert [each.path for each in check_coordination(Coordination.JOINT, " ")] == ["note"]
    assert [each.path for each in check_planned("", date(2024, 2, 1), date(2024, 1, 1))] == [
        "title",
        "ends_on",
    ]
