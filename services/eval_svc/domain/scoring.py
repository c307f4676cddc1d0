"""How a self-evaluation is scored: execution, each indicator, the total, the grade.

Y25-5.4, YC23-5.1. Points, bands and thresholds are the pack's; every score comes with the sentence
that tells how it was found, so that a unit can follow it on paper. Nothing here is typed by a unit
but the actual values and, within its band, the points of a qualitative indicator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared.money import number_in, ratio_percent, round_half_up
from shared.money import number_text as _n
from shared.policy.model import QualitativeBand, SelfEvaluationPolicy
from shared.terms import labels
from shared.terms.vocabulary import Grade, Operator

NOTHING, FULL = Decimal(0), Decimal(100)
REVERSE = frozenset({Operator.AT_MOST, Operator.LESS_THAN})


@dataclass(frozen=True, slots=True)
class Scored:
    """A line's score, or `None` while it cannot be found; `achieved` in % of the target value.

    `over_fulfilled` asks the unit for a reason even at full points.
    """

    score: Decimal | None
    explanation: str
    achieved: Decimal | None = None
    over_fulfilled: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What an indicator's score is found from. `chosen` are the points of a qualitative one."""

    points: Decimal
    operator: str
    target: str
    actual: str
    band: str = ""
    chosen: Decimal | None = None


def score_line(policy: SelfEvaluationPolicy, line: Line) -> Scored:
    """Return an indicator's score by its kind."""
    if line.operator == Operator.QUALITATIVE:
        return score_qualitative(policy, line)
    if not line.actual.strip():
        return Scored(None, "尚未填写实际完成值。")
    goal, done = number_in(line.target), number_in(line.actual)
    if goal is None or done is None:
        which = "指标值" if goal is None else "实际完成值"
        return Scored(None, f"{which}不是数字，无法计算得分。")
    if line.operator in REVERSE:
        return _score_reverse(policy, line.points, goal, done)
    return _score_positive(policy, line.points, line.operator, goal, done)


def _score_positive(
    policy: SelfEvaluationPolicy, points: Decimal, operator: str, goal: Decimal, done: Decimal
) -> Scored:
    places = policy.score_places
    if goal <= NOTHING:
        kept = done <= NOTHING if operator == Operator.EQUAL and goal == 0 else done >= goal
        verdict = "达成，得满分" if kept else "未达成，不得分"
        return Scored(
            points if kept else NOTHING,
            f"指标值为{_n(goal)}，完成{_n(done)}，{verdict}。",
        )
    achieved = ratio_percent(done, goal, places)
    if done >= goal:
        over = achieved is not None and achieved >= policy.over_fulfilled_from
        note = "；明显超出指标值，须说明原因" if over else ""
        rule = f"完成{_n(done)}，达到指标值{_n(goal)}，得满分{_n(points)}分{note}。"
        return Scored(points, rule, achieved, over)
    share = max(NOTHING, done) / goal
    score = round_half_up(points * share, places)
    rule = f"按完成比例：{_n(points)} × {_n(done)} ÷ {_n(goal)} = {_n(score)}分。"
    return Scored(score, rule, achieved)


def _score_reverse(
    policy: SelfEvaluationPolicy, points: Decimal, goal: Decimal, done: Decimal
) -> Scored:
    if done <= goal:
        return Scored(
            points,
            f"反向指标：{_n(done)}未超过{_n(goal)}，得满分{_n(points)}分。",
        )
    if goal <= NOTHING or done >= 2 * goal:
        return Scored(NOTHING, f"反向指标：{_n(done)}达到{_n(goal)}的2倍以上，不得分。")
    score = round_half_up(points * (1 - (done - goal) / goal), policy.score_places)
    over = f"（{_n(done)} - {_n(goal)}）÷ {_n(goal)}"
    rule = f"反向指标按超出比例扣分：{_n(points)} - {_n(points)} × {over} = {_n(score)}分。"
    return Scored(score, rule)


def score_qualitative(policy: SelfEvaluationPolicy, line: Line) -> Scored:
    """Return the points chosen if they lie within the chosen band, else why they count nothing."""
    band = band_of(policy, line.band)
    if band is None:
        return Scored(None, "定性指标请先选择完成档次。")
    low, high = band_points(policy, band, line.points)
    name, range_words = labels("qualitative_step")[band.code], band_words(policy, band, line.points)
    if line.chosen is None:
        return Scored(None, f"「{name}」档：请在{range_words}内打分。")
    top = band.below == FULL
    if not low <= line.chosen <= high or (line.chosen == high and not top):
        return Scored(None, f"「{name}」档应在{range_words}内，填的是{_n(line.chosen)}分。")
    rule = f"「{name}」档（{_n(band.at_least)}%至{_n(band.below)}%），得{_n(line.chosen)}分。"
    return Scored(line.chosen, rule)


def band_of(policy: SelfEvaluationPolicy, code: str) -> QualitativeBand | None:
    """Return the band called `code`."""
    return next((band for band in policy.qualitative_bands if band.code == code), None)


def band_points(
    policy: SelfEvaluationPolicy, band: QualitativeBand, points: Decimal
) -> tuple[Decimal, Decimal]:
    """Return the band's lowest points and its upper end for an indicator worth `points`."""
    places = policy.score_places
    return (
        round_half_up(points * band.at_least / FULL, places),
        round_half_up(points * band.below / FULL, places),
    )


def band_words(policy: SelfEvaluationPolicy, band: QualitativeBand, points: Decimal) -> str:
    """Return a band's range of points in words: `8分至10分` or `6分（含）至8分（不含）`."""
    low, high = band_points(policy, band, points)
    end = f"{_n(high)}分" if band.below == FULL else f"{_n(high)}分（不含）"
    return f"{_n(low)}分（含）至{end}"


def score_execution(
    policy: SelfEvaluationPolicy, *, budget: Decimal, executed: Decimal
) -> tuple[Scored, Decimal | None]:
    """Return the score of budget execution and the rate in %; executed ÷ adjusted budget (元)."""
    points = policy.execution_points
    rate = ratio_percent(executed, budget, policy.score_places)
    if rate is None:
        return Scored(NOTHING, "全年预算数为0，预算执行不得分。"), None
    share = min(Decimal(1), max(NOTHING, executed) / budget)
    score = round_half_up(points * share, policy.score_places)
    rule = f"预算执行：{_n(points)} × 执行率{_n(rate)}%"
    tail = f"（最高{_n(points)}分）" if executed > budget else ""
    return Scored(score, f"{rule}{tail} = {_n(score)}分。", rate), rate


def total_score(scores: Iterable[Decimal | None]) -> Decimal:
    """Return the sum of the scores found; a line not scored yet adds nothing."""
    return sum((score for score in scores if score is not None), NOTHING)


def grade_of(policy: SelfEvaluationPolicy, total: Decimal) -> Grade:
    """Return the grade of a total; bands are inclusive from below."""
    reached = [band for band in policy.grade_bands if total >= band.at_least]
    lowest = min(policy.grade_bands, key=lambda band: band.at_least)
    return Grade(max(reached, key=lambda band: band.at_least, default=lowest).grade)


def needs_reason(points: Decimal, scored: Scored) -> bool:
    """Tell whether the unit must explain a line: below full points, or far over the target."""
    return scored.score is not None and (scored.score < points or scored.over_fulfilled)


def is_untrue(policy: SelfEvaluationPolicy, claimed: Decimal, found: Decimal) -> bool:
    """Tell whether a recheck marks the self-evaluation 不实 (YC23-5.2, SL21-7.3)."""
    return abs(claimed - found) >= policy.untrue_from
