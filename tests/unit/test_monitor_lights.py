"""Warning lights: half-open bands, reverse and qualitative indicators, zero targets, the worst."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitor_svc.domain.achievement import LitRow, achievement_percent
from services.monitor_svc.domain.lights import (
    REVERSE,
    Judgement,
    band_light,
    light_execution,
    light_indicator,
    worst_light,
)
from shared.policy.loader import find_pack
from shared.terms.vocabulary import Light

PACK = find_pack("yuechi-2023")
assert PACK is not None
POLICY = PACK.monitoring
"""As of 30 September: nine twelfths of the year are due; bands at 60, 80 and 120."""

numbers = st.decimals(min_value=0, max_value=10**8, places=2)


@pytest.mark.parametrize(
    ("progress", "light"),
    [
        ("0", Light.RED),
        ("59.99", Light.RED),
        ("60", Light.YELLOW),
        ("79.99", Light.YELLOW),
        ("80", Light.GREEN),
        ("119.99", Light.GREEN),
        ("120", Light.BLUE),
        ("-5", Light.RED),
    ],
)
def test_bands_include_their_lower_end(progress: str, light: Light) -> None:
    assert band_light(POLICY.indicator_bands, Decimal(progress)) is light


def test_a_positive_indicator_is_held_against_the_share_of_the_year() -> None:
    lit = light_indicator(POLICY, operator="ge", target="1200", actual="720")
    assert (lit.light, lit.progress) == (Light.GREEN, Decimal("80.00"))  # 720 of 900 due
    assert "720 ÷（1200 ÷ 12 × 9）= 80.00%" in lit.explanation


@pytest.mark.parametrize(
    ("operator", "actual", "light"),
    [
        ("le", "100", Light.GREEN),
        ("le", "100.01", Light.RED),
        ("lt", "99.99", Light.GREEN),
        ("lt", "100", Light.RED),
    ],
)
def test_a_reverse_indicator_keeps_within_its_bound(
    operator: str, actual: str, light: Light
) -> None:
    assert light_indicator(POLICY, operator=operator, target="100", actual=actual).light is light


@given(goal=numbers, done=numbers, operator=st.sampled_from(sorted(REVERSE)))
def test_a_reverse_indicator_is_never_paced(goal: Decimal, done: Decimal, operator: str) -> None:
    lit = light_indicator(POLICY, operator=operator, target=str(goal), actual=str(done))
    kept = done <= goal if operator == "le" else done < goal
    assert lit.light is (Light.GREEN if kept else Light.RED)
    assert lit.progress is None


@pytest.mark.parametrize(
    ("judged", "light"),
    [
        (Judgement.ON_TRACK, Light.GREEN),
        (Judgement.PARTLY, Light.YELLOW),
        (Judgement.OFF_TRACK, Light.RED),
        ("一般", Light.NONE),
    ],
)
def test_a_qualitative_indicator_is_judged_in_three_steps(judged: str, light: Light) -> None:
    lit = light_indicator(POLICY, operator="qualitative", target="健全", actual=judged)
    assert lit.light is light


@pytest.mark.parametrize(
    ("target", "actual", "light"),
    [
        ("0", "0", Light.GREEN),
        ("0", "3", Light.BLUE),
        ("100", "", Light.NONE),
        ("100", "  ", Light.NONE),
        ("若干", "5", Light.NONE),
        ("100", "八十", Light.NONE),
        ("95%", "90%", Light.BLUE),
        ("1,200", "９００", Light.GREEN),  # noqa: RUF001
    ],
)
def test_zero_targets_blanks_and_typing_habits(target: str, actual: str, light: Light) -> None:
    assert light_indicator(POLICY, operator="ge", target=target, actual=actual).light is light


@given(goal=numbers, less=numbers, more=numbers)
def test_doing_more_never_makes_a_positive_light_worse(
    goal: Decimal, less: Decimal, more: Decimal
) -> None:
    less, more = sorted((less, more))
    order = [Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE]
    found = [
        order.index(
            light_indicator(POLICY, operator="ge", target=str(goal), actual=str(done)).light
        )
        for done in (less, more)
    ]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("executed", "light"),
    [("44.99", Light.RED), ("45", Light.YELLOW), ("59.99", Light.YELLOW), ("60", Light.GREEN)],
)
def test_execution_is_held_against_the_share_of_the_year(executed: str, light: Light) -> None:
    lit = light_execution(POLICY, budget=Decimal(100), executed=Decimal(executed))
    assert lit.light is light  # 45 of 75 due is 60 %, 60 of 75 is 80 %
    assert lit.rate == Decimal(executed).quantize(Decimal("0.01"))


def test_execution_of_nothing_has_no_light() -> None:
    lit = light_execution(POLICY, budget=Decimal(0), executed=Decimal(5))
    assert (lit.light, lit.rate, lit.paced) == (Light.NONE, None, None)


@given(st.lists(st.sampled_from(list(Light))))
def test_the_worst_light_counts_and_none_counts_for_nothing(lights: list[Light]) -> None:
    order = [Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE]
    shown = [light for light in lights if light is not Light.NONE]
    expected = min(shown, key=order.index, default=Light.NONE)
    assert worst_light(lights) is expected


rows = st.builds(
    LitRow,
    weight=st.decimals(min_value=0, max_value=100, places=1),
    progress=st.none() | st.decimals(min_value=-50, max_value=500, places=2),
    light=st.sampled_from(list(Light)),
)


@given(st.lists(rows, max_size=8))
def test_achievement_lies_between_nothing_and_everything(found: list[LitRow]) -> None:
    percent = achievement_percent(found)
    if all(row.light is Light.NONE for row in found):
        assert percent is None
    else:
        assert percent is not None
        assert 0 <= percent <= 100


def test_over_fulfilment_does_not_make_up_for_another() -> None:
    over = LitRow(Decimal(50), Decimal(300), Light.BLUE)
    under = LitRow(Decimal(50), Decimal(40), Light.RED)
    blank = LitRow(Decimal(50), None, Light.NONE)
    assert achievement_percent([over, under, blank]) == Decimal("70.00")
    unweighted = [LitRow(Decimal(0), None, Light.YELLOW), LitRow(Decimal(0), None, Light.GREEN)]
    assert achievement_percent(unweighted) == Decimal("75.00")
