"""How a self-evaluation is scored: which rule an indicator falls under, and what follows from it.

Y25-5.4, YC23-5.1, SL21-7.1. Points, bands and thresholds are the scheme's; every score comes with
how it was found. Nothing here is typed by a unit but the actual values and, within its band, the
points of a qualitative indicator. The rules themselves: `scoring_quantity`, `scoring_bands`,
`scoring_execution`, `scoring_total`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.scoring_bands import score_qualitative, score_satisfaction
from services.eval_svc.domain.scoring_explained import Explanation, Input, Scored, ScoreRule
from services.eval_svc.domain.scoring_quantity import REVERSE, Quantity, score_quantity
from shared.money import number_in
from shared.money import number_text as _n
from shared.policy.model import SelfEvaluationPolicy
from shared.policy.scoring import ScoringScheme
from shared.terms.scoring import SatisfactionRule
from shared.terms.vocabulary import IndicatorLevel1, Operator


@dataclass(frozen=True, slots=True)
class Line:
    """What an indicator's score is found from. `chosen` are the points of a qualitative one."""

    points: Decimal
    operator: str
    target: str
    actual: str
    band: str = ""
    chosen: Decimal | None = None
    level1: str = ""


def score_line(scheme: ScoringScheme, line: Line) -> Scored:
    """Return an indicator's score by its kind."""
    if line.operator == Operator.QUALITATIVE:
        return score_qualitative(scheme, line.points, line.band, line.chosen)
    if not line.actual.strip():
        return _open(scheme, line, "尚未填写实际完成值。")
    goal, done = number_in(line.target), number_in(line.actual)
    if done is not None and _is_banded(scheme, line):
        return score_satisfaction(scheme, line.points, done)
    if goal is None or done is None:
        which = "指标值" if goal is None else "实际完成值"
        return _open(scheme, line, f"{which}不是数字，无法计算得分。")
    quantity = Quantity(line.points, line.operator, goal, done, line.target, line.actual)
    return score_quantity(scheme, quantity)


def needs_reason(points: Decimal, scored: Scored) -> bool:
    """Tell whether the unit must explain a line: below full points, or far over the target."""
    return scored.score is not None and (scored.score < points or scored.over_fulfilled)


def is_untrue(policy: SelfEvaluationPolicy, claimed: Decimal, found: Decimal) -> bool:
    """Tell whether a recheck marks the self-evaluation 不实 (YC23-5.2, SL21-7.3)."""
    return abs(claimed - found) >= policy.untrue_from


def _is_banded(scheme: ScoringScheme, line: Line) -> bool:
    banded = scheme.satisfaction.rule == SatisfactionRule.BANDED
    return banded and line.level1 == IndicatorLevel1.SATISFACTION and line.operator not in REVERSE


def _open(scheme: ScoringScheme, line: Line, said: str) -> Scored:
    rule = ScoreRule.REVERSE if line.operator in REVERSE else ScoreRule.PROPORTION
    inputs = (
        Input("points", "分值", _n(line.points)),
        Input("target", "年度指标值", line.target),
        Input("actual", "实际完成值", line.actual),
    )
    told = Explanation(rule, said, inputs, (), scheme.places, scheme.quantity.basis)
    return Scored(None, told)
