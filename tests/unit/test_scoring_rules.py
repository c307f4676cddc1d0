"""The rules of scoring, table by table: operators, targets, schemes, bands, caps, grades.

Y25-5.4, YC23-5.1, SL21-7.1. Every explanation is held against the score it explains.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.eval_svc.domain.scoring import Line, needs_reason, score_line
from services.eval_svc.domain.scoring_execution import score_execution
from services.eval_svc.domain.scoring_explained import Scored, ScoreRule
from shared.policy.loader import known_schemes
from shared.policy.scoring import ScoringScheme, ShareBand

SCHEMES = known_schemes()
NATIONAL, BANDED = SCHEMES["national-2020"], SCHEMES["national-2021-banded"]
HUBEI = SCHEMES["hubei-2020"]
EXACT = replace(NATIONAL, quantity=replace(NATIONAL.quantity, equal_reading="exact"))
DEDUCTING = replace(
    NATIONAL,
    over_fulfilment=replace(
        NATIONAL.over_fulfilment,
        deductions=(
            ShareBand(Decimal(150), Decimal(10)),
            ShareBand(Decimal(200), Decimal("33.3")),
        ),
    ),
)


def line(operator: str, target: str, actual: str, points: str = "20", **more: object) -> Line:
    return Line(Decimal(points), operator, target, actual, **more)  # type: ignore[arg-type]


def check(scored: Scored, score: str | None) -> None:
    """Hold a score and the last line of its explanation against what is expected."""
    assert scored.score == (None if score is None else Decimal(score)), scored
    assert scored.explanation.endswith("。")
    assert scored.explained.basis.clause
    if scored.score is not None:
        assert Decimal(scored.explained.steps[-1].result) == scored.score


FULL_WIDTH_100, FULL_WIDTH_50 = "\uff11\uff10\uff10", "\uff15\uff10"
NUMBERS = [
    # operator, target, actual, score of 20, rule
    ("ge", "20", "20", "20", "proportion"),
    ("ge", "20", "26", "20", "proportion"),
    ("ge", "20", "10", "10", "proportion"),
    ("ge", "20", "0", "0", "proportion"),
    ("ge", "20", "-5", "0", "proportion"),
    ("ge", "3", "1", "6.67", "proportion"),
    ("ge", "90%", "95%", "20", "proportion"),
    ("ge", FULL_WIDTH_100, FULL_WIDTH_50, "10", "proportion"),
    ("ge", "1,000", "999.9", "20", "proportion"),
    ("gt", "20", "21", "20", "proportion"),
    ("gt", "20", "20", "20", "proportion"),
    ("gt", "20", "5", "5", "proportion"),
    ("eq", "20", "20", "20", "proportion"),
    ("eq", "20", "25", "20", "proportion"),
    ("eq", "20", "15", "15", "proportion"),
    ("le", "100", "0", "20", "reverse"),
    ("le", "100", "-1", "20", "reverse"),
    ("le", "100", "100", "20", "reverse"),
    ("le", "100", "150", "10", "reverse"),
    ("le", "100", "199.99", "0", "reverse"),
    ("le", "100", "199", "0.2", "reverse"),
    ("le", "100", "200", "0", "reverse"),
    ("le", "100", "900", "0", "reverse"),
    ("lt", "100", "99", "20", "reverse"),
    ("lt", "100", "125", "15", "reverse"),
    # a target value of 0: no proportion, the operator is taken literally
    ("ge", "0", "0", "20", "bound"),
    ("ge", "0", "-1", "0", "bound"),
    ("gt", "0", "0", "0", "bound"),
    ("gt", "0", "0.01", "20", "bound"),
    ("eq", "0", "0", "20", "bound"),
    ("eq", "0", "1", "0", "bound"),
    ("le", "0", "0", "20", "bound"),
    ("le", "0", "1", "0", "bound"),
    ("lt", "0", "0", "0", "bound"),
    ("lt", "0", "-1", "20", "bound"),
    # negative target values: a growth of at least -5 %, of at most -5 %
    ("ge", "-5", "-5", "20", "bound"),
    ("ge", "-5", "-3", "20", "bound"),
    ("ge", "-5", "-6", "0", "bound"),
    ("gt", "-5", "-5", "0", "bound"),
    ("eq", "-5", "-5", "20", "bound"),
    ("eq", "-5", "-6", "0", "bound"),
    ("le", "-5", "-6", "20", "bound"),
    ("le", "-5", "-4", "0", "bound"),
    ("lt", "-5", "-5", "0", "bound"),
]


@pytest.mark.parametrize("code", ["national-2020", "national-2021", "hubei-2020"])
@pytest.mark.parametrize(("operator", "target", "actual", "score", "rule"), NUMBERS)
def test_numbers(code: str, operator: str, target: str, actual: str, score: str, rule: str) -> None:
    scored = score_line(SCHEMES[code], line(operator, target, actual))
    check(scored, score)
    assert scored.explained.rule == rule


@pytest.mark.parametrize(
    ("target", "actual", "score"),
    [
        ("20", "20", "20"),
        ("20", "25", "15"),
        ("20", "15", "15"),
        ("20", "40", "0"),
        ("20", "0", "0"),
        ("3", "4", "13.33"),
        ("0", "0", "20"),
        ("0", "-1", "0"),
        ("-5", "-4", "0"),
    ],
)
def test_equal_read_strictly(target: str, actual: str, score: str) -> None:
    check(score_line(EXACT, line("eq", target, actual)), score)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (line("ge", "20", ""), "尚未填写"),
        (line("le", "20", "  "), "尚未填写"),
        (line("ge", "", "20"), "指标值不是数字"),
        (line("ge", "二十", "20"), "指标值不是数字"),
        (line("lt", "20", "很多"), "实际完成值不是数字"),
        (line("ge", "20", "NaN"), "实际完成值不是数字"),
        (line("", "20", "x"), "实际完成值不是数字"),
    ],
)
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda each: each.code)
def test_what_is_missing_has_no_score_and_says_why(
    scheme: ScoringScheme, given: Line, said: str
) -> None:
    scored = score_line(scheme, given)
    check(scored, None)
    assert said in scored.explanation
    assert not needs_reason(given.points, scored)


@pytest.mark.parametrize(
    ("scheme", "band", "chosen", "score"),
    [
        (NATIONAL, "reached", "16", "16"),
        (NATIONAL, "reached", "20", "20"),
        (NATIONAL, "reached", "15.99", None),
        (NATIONAL, "reached", "20.01", None),
        (NATIONAL, "partly", "16", None),
        (NATIONAL, "partly", "12", "12"),
        (NATIONAL, "partly", "11.99", None),
        (NATIONAL, "missed", "11.99", "11.99"),
        (NATIONAL, "missed", "12", None),
        (NATIONAL, "missed", "0", "0"),
        (NATIONAL, "missed", None, None),
        (NATIONAL, "", "20", None),
        (HUBEI, "partly", "10", "10"),
        (HUBEI, "partly", "9.99", None),
        (HUBEI, "missed", "10", None),
        (HUBEI, "missed", "9.99", "9.99"),
        (HUBEI, "reached", "16", "16"),
    ],
)
def test_qualitative_bands(
    scheme: ScoringScheme, band: str, chosen: str | None, score: str | None
) -> None:
    picked = None if chosen is None else Decimal(chosen)
    check(score_line(scheme, line("qualitative", "健全", "建立", band=band, chosen=picked)), score)


@pytest.mark.parametrize(
    ("actual", "score"),
    [
        ("100", "10"),
        ("90", "10"),
        ("89.99%", "8"),
        ("80", "8"),
        ("79.99", "5"),
        ("60", "5"),
        ("59.99", "0"),
        ("0", "0"),
        ("-1", "0"),
    ],
)
def test_a_satisfaction_rate_by_bands(actual: str, score: str) -> None:
    given = line("ge", "95%", actual, points="10", level1="satisfaction")
    scored = score_line(BANDED, given)
    check(scored, score)
    assert scored.explained.rule is ScoreRule.SATISFACTION_BAND
    other = score_line(BANDED, replace(given, level1="output"))
    assert other.explained.rule is ScoreRule.PROPORTION
    reverse = score_line(BANDED, replace(given, operator="le"))
    assert reverse.explained.rule is ScoreRule.REVERSE


@pytest.mark.parametrize(
    ("scheme", "budget", "executed", "finished", "score"),
    [
        (NATIONAL, "100", "70", None, "7"),
        (NATIONAL, "100", "100", None, "10"),
        (NATIONAL, "100", "120", None, "10"),
        (NATIONAL, "100", "0", None, "0"),
        (NATIONAL, "100", "-1", None, "0"),
        (NATIONAL, "0", "0", None, "0"),
        (NATIONAL, "0", "5", None, "0"),
        (NATIONAL, "-3", "1", None, "0"),
        (NATIONAL, "3", "1", None, "3.33"),
        (NATIONAL, "47536600", "38242600", None, "8.04"),
        (HUBEI, "100", "70", None, "14"),
        (HUBEI, "100", "130", None, "20"),
        (BANDED, "100", "100", None, "10"),
        (BANDED, "100", "99.99", None, "7"),
        (BANDED, "100", "80", None, "7"),
        (BANDED, "100", "79.99", None, "5"),
        (BANDED, "100", "60", None, "5"),
        (BANDED, "100", "59.99", None, "0"),
        (BANDED, "100", "59.99", True, "10"),
        (BANDED, "100", "59.99", False, "0"),
        (BANDED, "100", "100.01", True, "7"),
        (BANDED, "100", "-1", None, "0"),
        (BANDED, "0", "0", True, "0"),
    ],
)
def test_execution(
    scheme: ScoringScheme,
    budget: str,
    executed: str,
    finished: bool | None,  # noqa: FBT001
    score: str,
) -> None:
    scored = score_execution(
        scheme, budget=Decimal(budget), executed=Decimal(executed), finished=finished
    )
    check(scored, score)
    assert (scored.achieved is None) is (Decimal(budget) <= 0)


@pytest.mark.parametrize(
    ("actual", "score", "over"),
    [
        ("100", "20", False),
        ("129.99", "20", False),
        ("130", "20", True),
        ("149.99", "20", True),
        ("150", "18", True),
        ("199.99", "18", True),
        ("200", "13.34", True),
        ("999", "13.34", True),
    ],
)
def test_far_above_the_target_a_reason_is_asked_and_points_go(
    actual: str,
    score: str,
    over: bool,  # noqa: FBT001
) -> None:
    given = line("ge", "100", actual)
    scored = score_line(DEDUCTING, given)
    check(scored, score)
    assert scored.over_fulfilled is over
    assert needs_reason(given.points, scored) is over
    usual = score_line(NATIONAL, given)
    check(usual, "20")
    assert usual.over_fulfilled is over


def test_an_explanation_carries_rule_inputs_steps_rounding_and_clause() -> None:
    assert score_line(NATIONAL, line("ge", "3", "1")).explained.as_data() == {
        "rule": "proportion",
        "rule_label": "按完成比例得分",
        "sentence": "按完成比例：20 × 1 ÷ 3 ≈ 6.67分。",
        "inputs": [
            {"name": "points", "label": "分值", "value": "20"},
            {"name": "operator", "label": "比较方式", "value": "≥"},
            {"name": "target", "label": "年度指标值", "value": "3"},
            {"name": "actual", "label": "实际完成值", "value": "1"},
        ],
        "steps": [
            {
                "label": "比较",
                "formula": "完成1 < 指标值3",
                "sign": "，",
                "result": "未达到，按完成比例得分",
                "text": "比较：完成1 < 指标值3，未达到，按完成比例得分",
            },
            {
                "label": "完成率",
                "formula": "1 ÷ 3 × 100",
                "sign": "≈",
                "result": "33.33",
                "text": "完成率：1 ÷ 3 × 100 ≈ 33.33%",
            },
            {
                "label": "得分",
                "formula": "20 × 1 ÷ 3",
                "sign": "≈",
                "result": "6.67",
                "text": "得分：20 × 1 ÷ 3 ≈ 6.67分",
            },
        ],
        "rounding": {"mode": "half_up", "places": 2},
        "basis": {
            "clause": NATIONAL.quantity.basis.clause,
            "requirements": ["YC23-5.1"],
            "certainty": "national",
        },
    }


def test_half_is_rounded_up() -> None:
    check(score_line(NATIONAL, line("ge", "8", "1", points="0.2")), "0.03")  # 0.025
    one_place = replace(NATIONAL, places=1)
    check(score_line(one_place, line("ge", "8", "5", points="2")), "1.3")  # 1.25
    none = replace(NATIONAL, places=0)
    check(score_line(none, line("ge", "100", "99", points="7.6")), "7.6")  # 8 is above the points


def test_what_the_official_text_leaves_open_is_told_apart() -> None:
    for operator, target, actual, _, rule in NUMBERS:
        told = score_line(NATIONAL, line(operator, target, actual)).explained
        assert told.basis.certainty == ("national" if rule == "proportion" else "assumed")
    assert score_line(EXACT, line("eq", "3", "4")).explained.basis.certainty == "assumed"
