"""What holds for every score whatever is entered: bounds, direction, sums, and that it can be
followed on paper (Y25-5.4, YC23-5.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_scoring_rules import DEDUCTING, EXACT
from test_scoring_totals import CAPPED

from services.eval_svc.domain import scoring_quantity
from services.eval_svc.domain.scoring import Line, score_line
from services.eval_svc.domain.scoring_bands import band_points
from services.eval_svc.domain.scoring_execution import execution_rate, score_execution
from services.eval_svc.domain.scoring_explained import Explanation, Scored, Step
from services.eval_svc.domain.scoring_total import grade_of, score_total
from shared.money import round_half_up
from shared.policy.loader import known_schemes
from shared.policy.scoring import ScoringScheme

SHIPPED = list(known_schemes().values())
SCHEMES = st.sampled_from([*SHIPPED, EXACT, DEDUCTING, CAPPED])
NUMBERS = st.decimals("-1000", "1000000", places=2)
AMOUNTS = st.decimals("0", "1000000", places=2)
POINTS = st.decimals("0.5", "60", places=1)
OPERATORS = st.sampled_from(["ge", "gt", "eq", "le", "lt"])
LEVELS = st.sampled_from(["cost", "output", "benefit", "satisfaction"])
TEXTS = st.one_of(NUMBERS.map(str), st.sampled_from(["", " ", "90%", "很多", "1,000", "-"]))
LINES = st.builds(
    Line,
    points=POINTS,
    operator=st.one_of(OPERATORS, st.sampled_from(["qualitative", ""])),
    target=TEXTS,
    actual=TEXTS,
    band=st.sampled_from(["", "reached", "partly", "missed", "other"]),
    chosen=st.one_of(st.none(), st.decimals("0", "60", places=2)),
    level1=LEVELS,
)
PLAIN = re.compile(r"[-+*/(). \d]+")


def worked_out(formula: str) -> Fraction:
    """Return what a clerk gets who types a step's formula into a calculator."""
    plain = formula.replace("×", "*").replace("÷", "/").replace("（", "(").replace("）", ")")
    plain = plain.replace("%", "/100")
    assert PLAIN.fullmatch(plain), formula
    exact = re.sub(r"\d+(\.\d+)?", lambda found: f"Fraction('{found[0]}')", plain)
    return Fraction(eval(exact, {"Fraction": Fraction}))  # noqa: S307 (only digits and signs)


def follow(step: Step, places: int) -> None:
    """Hold one step against arithmetic done outside the program."""
    if not step.formula or step.sign == "，":
        return
    found = worked_out(step.formula)
    exact = Decimal(found.numerator) / Decimal(found.denominator)
    if step.sign == "=":
        assert found == Fraction(step.result), step.text
    else:
        assert abs(exact - Decimal(step.result)) <= Decimal(1).scaleb(-places) / 2, step.text
        assert found != Fraction(step.result), step.text


def follow_all(scored: Scored, scheme: ScoringScheme) -> None:
    told = scored.explained
    for step in told.steps:
        follow(step, scheme.places)
    if scored.score is not None:
        assert Decimal(told.steps[-1].result) == scored.score
        assert told.steps[-1].text.endswith(f"{told.steps[-1].result}分")
    assert told.sentence.endswith("。")


@given(scheme=SCHEMES, line=LINES)
def test_every_score_can_be_followed_on_paper_and_stays_within_its_points(
    scheme: ScoringScheme, line: Line
) -> None:
    scored = score_line(scheme, line)
    follow_all(scored, scheme)
    assert scored.score is None or 0 <= scored.score <= line.points
    again = score_line(scheme, line)
    assert again.explained.as_data() == scored.explained.as_data()


def _direction(scheme: ScoringScheme, operator: str, goal: Decimal) -> int:
    """Return 1 where more is never worse, -1 where it never is better."""
    if operator in ("le", "lt") or (operator == "eq" and goal == 0):
        return -1
    return 1


@given(
    scheme=st.sampled_from(SHIPPED),
    points=POINTS,
    operator=OPERATORS,
    goal=NUMBERS,
    done=NUMBERS,
    more=AMOUNTS,
    level1=LEVELS,
)
def test_more_is_never_worse_and_for_a_reverse_indicator_never_better(
    scheme: ScoringScheme,
    points: Decimal,
    operator: str,
    goal: Decimal,
    done: Decimal,
    more: Decimal,
    level1: str,
) -> None:
    first, later = (
        score_line(scheme, Line(points, operator, str(goal), str(actual), level1=level1)).score
        for actual in (done, done + more)
    )
    assert first is not None
    assert later is not None
    if level1 == "satisfaction" and scheme.satisfaction.bands and operator == "eq":
        assert later >= first  # a satisfaction rate is banded whatever its target value
    else:
        assert (later - first) * _direction(scheme, operator, goal) >= 0


@given(scheme=SCHEMES, budget=AMOUNTS, executed=NUMBERS, more=AMOUNTS)
def test_execution_stays_within_its_points_and_follows_the_rate(
    scheme: ScoringScheme, budget: Decimal, executed: Decimal, more: Decimal
) -> None:
    scored = score_execution(scheme, budget=budget, executed=executed)
    follow_all(scored, scheme)
    assert scored.score is not None
    assert 0 <= scored.score <= scheme.execution.points
    later = score_execution(scheme, budget=budget, executed=executed + more).score
    within = executed + more <= budget or not scheme.execution.bands
    assert later is not None
    assert not within or later >= scored.score


@given(
    scheme=SCHEMES,
    lines=st.lists(LINES, max_size=12),
    budget=AMOUNTS,
    executed=AMOUNTS,
)
def test_the_parts_are_the_total_unless_a_cap_ends_it(
    scheme: ScoringScheme, lines: list[Line], budget: Decimal, executed: Decimal
) -> None:
    execution = score_execution(scheme, budget=budget, executed=executed).score or Decimal(0)
    parts = [(each.level1, score_line(scheme, each).score) for each in lines]
    rate = execution_rate(budget, executed)
    total = score_total(scheme, execution, parts, rate)
    follow_all(total, scheme)
    added = sum((score for _, score in parts if score is not None), execution)
    assert total.score is not None
    assert total.score == added or (scheme is CAPPED and total.score < added)
    graded = grade_of(scheme, total.score, rate)
    bands = {band.grade: band.at_least for band in scheme.grade_bands}
    assert total.score >= bands[graded.grade]
    assert all(
        scheme is CAPPED or total.score < low for low in bands.values() if low > bands[graded.grade]
    )
    assert graded == grade_of(scheme, total.score, rate)


@given(points=POINTS, share=st.integers(0, 1000), scheme=st.sampled_from(SHIPPED))
def test_all_points_of_a_qualitative_indicator_lie_in_exactly_one_band(
    points: Decimal, share: int, scheme: ScoringScheme
) -> None:
    chosen = min(round_half_up(points * share / 1000, 2), points)
    lines = [
        Line(points, "qualitative", "好", "好", band=band.code, chosen=chosen)
        for band in scheme.qualitative_bands
    ]
    fits = [each.band for each in lines if score_line(scheme, each).score is not None]
    ends = [band_points(scheme, band, points) for band in scheme.qualitative_bands]
    assert len(fits) == 1, (ends, chosen, fits)


def test_a_wrong_step_is_found() -> None:
    right = Step("得分", "20 × 1 ÷ 3", "≈", "6.67", "分")
    follow(right, 2)
    for wrong in (
        replace(right, result="6.66"),
        replace(right, sign="="),
        replace(right, formula="20 × 3 ÷ 1"),
        Step("得分", "20 - 20 ×（150 - 100）÷ 100", "≈", "10", "分"),
    ):
        with pytest.raises(AssertionError):
            follow(wrong, 2)


def test_a_rule_that_rounds_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(points: Decimal, exact: Decimal, places: int) -> Decimal:
        return min(
            points, max(Decimal(0), exact.quantize(Decimal(1).scaleb(-places), "ROUND_DOWN"))
        )

    monkeypatch.setattr(scoring_quantity, "within", cut_off)
    scored = score_line(SHIPPED[1], Line(Decimal(20), "ge", "3", "1"))
    with pytest.raises(AssertionError):
        follow_all(scored, SHIPPED[1])


def test_an_explanation_that_ends_elsewhere_is_found() -> None:
    scored = score_line(SHIPPED[1], Line(Decimal(20), "ge", "3", "1"))
    told = scored.explained
    other: Explanation = replace(told, steps=told.steps[:-1])
    with pytest.raises(AssertionError):
        follow_all(replace(scored, explained=other), SHIPPED[1])
