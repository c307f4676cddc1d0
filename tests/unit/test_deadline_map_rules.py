"""The deadline map's weeks touch without gap or overlap, and every open kind counts once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.oversight_svc.domain.deadline_map import (
    KINDS,
    WEEKS_AHEAD,
    WEEKS_BACK,
    level_of,
    weeks_around,
)
from shared.terms import labels


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_weeks_are_whole_and_the_present_one_is_among_them(today: date) -> None:
    older, *weeks = weeks_around(today)
    assert older.first is None
    assert len(weeks) == WEEKS_BACK + 1 + WEEKS_AHEAD
    previous = older
    for week in weeks:
        assert week.first == previous.last + timedelta(days=1)
        assert week.first.isoweekday() == 1
        assert week.last - week.first == timedelta(days=6)
        previous = week
    present = weeks[WEEKS_BACK]
    assert present.first is not None
    assert present.first <= today <= present.last


def test_every_kind_is_known_counted_once_and_none_is_confidential() -> None:
    counted = [kind for kinds in KINDS.values() for kind in kinds]
    assert len(counted) == len(set(counted))
    left_out = set(labels("task_kind")) - set(counted)
    assert set(counted) <= set(labels("task_kind"))
    closed = (
        "oversight.accountability_",
        "oversight.clue_",
        "oversight.share_",
        "oversight.joint_",
        "oversight.escalat",
    )
    assert all(kind.startswith(closed) for kind in left_out), left_out


def test_cells_darken_with_their_figures() -> None:
    assert [level_of(count) for count in (0, 1, 2, 3, 7, 8, 19, 20, 500)] == [
        0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]  # fmt: skip
