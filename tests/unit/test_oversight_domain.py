"""Pure rules of people and sign-in: lock-out, passwords, duties apart, reach, substitutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.oversight_svc.domain.posts import (
    ADMINISTRATOR_ROLES,
    OFFICE_ROLES,
    REGION_ROLES,
    UNIT_ROLES,
    PostUnsoundError,
    check_post,
    may_substitute,
    reach_of,
)
from services.oversight_svc.domain.sign_in import (
    IDLE_TIME,
    MAX_FAILURES,
    Failures,
    after_failure,
    check_password,
    is_locked,
    may_go_on,
)

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
ROLES = sorted(UNIT_ROLES | OFFICE_ROLES | REGION_ROLES | ADMINISTRATOR_ROLES)
some_roles = st.frozensets(st.sampled_from(ROLES), min_size=1, max_size=4)


@given(st.integers(min_value=0, max_value=30))
def test_every_fifth_failure_locks_for_a_quarter_of_an_hour_and_counts_anew(failed: int) -> None:
    failures, locks = Failures(0, None), 0
    for _ in range(failed):
        failures = after_failure(failures, NOW)
        locks += is_locked(failures, NOW)
    assert locks == failed // MAX_FAILURES
    assert failures.count == failed % MAX_FAILURES
    assert not is_locked(failures, NOW + timedelta(minutes=15))


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=1)))
def test_a_session_goes_on_until_the_idle_time_is_over(pause: timedelta) -> None:
    assert may_go_on(NOW, NOW + pause) == (pause < IDLE_TIME)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Spring-2023", True),
        ("spring-2023", True),
        ("spring2023x", False),
        ("Spr-2023!", False),
        ("Wang-2023-x", False),
        ("SPRINGSPRING", False),
    ],
)
def test_a_password_is_long_mixed_and_without_the_name(password: str, *, good: bool) -> None:
    assert (check_password(password, "wang") == []) is good


@given(some_roles)
def test_administrators_stand_alone(roles: frozenset[str]) -> None:
    administrators = roles & ADMINISTRATOR_ROLES
    if administrators and len(roles) > 1:
        with pytest.raises(PostUnsoundError):
            check_post(roles, has_unit=True, has_office=True)
    else:
        check_post(roles, has_unit=True, has_office=True)


@given(some_roles)
def test_a_post_reaches_no_further_than_its_roles_and_place(roles: frozenset[str]) -> None:
    reach = reach_of(roles, unit_path="219/", office="SF")
    assert reach.whole_region == bool(roles & REGION_ROLES)
    assert reach.unit_paths == (("219/",) if roles & UNIT_ROLES else ())
    assert reach.offices == (("SF",) if roles & OFFICE_ROLES else ())


@given(own=some_roles, given_roles=some_roles, same_unit=st.booleans())
def test_only_the_security_administrator_gives_more_than_he_has(
    *, own: frozenset[str], given_roles: frozenset[str], same_unit: bool
) -> None:
    may = may_substitute(own, given_roles, same_unit=same_unit)
    if "security_admin" in own:
        assert may
    elif given_roles & ADMINISTRATOR_ROLES:
        assert not may
    elif not same_unit:
        assert may == (given_roles <= own)
