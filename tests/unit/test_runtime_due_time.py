"""Due times of scheduled acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import LOCAL_ZONE
from shared.runtime.scheduler import due_time

INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),
    max_value=datetime(2040, 1, 1),
    timezones=st.just(UTC),
)
PERIODS = st.sampled_from([1, 5, 30, 60, 300, 3600, 86_400])


@given(now=INSTANTS, every=PERIODS)
def test_due_time_is_the_last_boundary(now: datetime, every: int) -> None:
    due = due_time(now, every)
    assert due <= now < due + timedelta(seconds=every)
    assert due_time(due, every) == due


@given(now=INSTANTS, every=PERIODS, later=st.floats(0, 0.999))
def test_all_instants_of_one_period_share_a_due_time(
    now: datetime, every: int, later: float
) -> None:
    due = due_time(now, every)
    assert due_time(due + timedelta(seconds=every) * later, every) == due


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    due = due_time(datetime(2023, 10, 10, 3, 0, tzinfo=UTC), 86_400)
    assert due.astimezone(LOCAL_ZONE).isoformat() == "2023-10-10T00:00:00+08:00"
