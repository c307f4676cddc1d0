"""A number against its target value: ≥ > = ≤ <, zero, negative and reverse (Y25-5.4, YC23-5.1).

财预〔2020〕10号 as forms apply it: full points at the target value, else in proportion; a reverse
indicator loses in proportion to what it exceeds. Against a target value of 0 or below no proportion
means anything: the operator is taken literally, full points or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.scoring_explained import (
    FULL,
    NOTHING,
    SO,
    Explanation,
    Input,
    Scored,
    ScoreRule,
    Step,
    percent_step,
    score_step,
    within,
)
from shared.money import number_text as _n
from shared.policy.scoring import ScoringScheme
from shared.terms import labels
from shared.terms.scoring import EqualReading
from shared.terms.vocabulary import Operator

REVERSE = frozenset({Operator.AT_MOST, Operator.LESS_THAN})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A numeric indicator: its points, how it is compared, target value and what was done.

    The texts are the two figures as the form has them (`95%`), where it has them.
    """

    points: Decimal
    operator: str
    goal: Decimal
    done: Decimal
    goal_text: str = ""
    done_text: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The figures as the form names them."""
        return (
            Input("points", "分值", _n(self.points)),
            Input("operator", "比较方式", labels("operator").get(self.operator, self.operator)),
            Input("target", "年度指标值", self.goal_text.strip() or _n(self.goal)),
            Input("actual", "实际完成值", self.done_text.strip() or _n(self.done)),
        )


def score_quantity(scheme: ScoringScheme, line: Quantity) -> Scored:
    """Return the score of a numeric indicator by the rule its operator and target call for."""
    if line.goal <= NOTHING:
        return _bound(scheme, line)
    if line.operator in REVERSE:
        return _reverse(scheme, line)
    if line.operator == Operator.EQUAL and scheme.quantity.equal_reading == EqualReading.EXACT:
        return _exact(scheme, line)
    return _reached(scheme, line) if line.done >= line.goal else _in_proportion(scheme, line)


def _bound(scheme: ScoringScheme, line: Quantity) -> Scored:
    """Full points or none: nothing can be in proportion to 0 or to a negative figure."""
    goal, done = line.goal, line.done
    kept = _is_kept(scheme, line)
    sign = "=" if done == goal else "<" if done < goal else ">"
    asked = labels("operator").get(line.operator, "")
    verdict = "达成，得满分" if kept else "未达成，不得分"
    compared = f"完成{_n(done)} {sign} 指标值{_n(goal)}"
    steps = (
        Step("比较", compared, SO, f"要求{asked}{_n(goal)}，{verdict}"),
        _whole_or_nothing(line.points, kept=kept),
    )
    said = f"指标值为{asked}{_n(goal)}，完成{_n(done)}，{verdict}（不适用完成比例）。"
    score = line.points if kept else NOTHING
    return Scored(score, _told(scheme, ScoreRule.BOUND, line, said, steps))


def _is_kept(scheme: ScoringScheme, line: Quantity) -> bool:
    goal, done = line.goal, line.done
    if line.operator == Operator.MORE_THAN:
        return done > goal
    if line.operator == Operator.LESS_THAN:
        return done < goal
    if line.operator == Operator.AT_MOST:
        return done <= goal
    if line.operator == Operator.EQUAL:
        if scheme.quantity.equal_reading == EqualReading.EXACT:
            return done == goal
        # «= 0» forbids something (accidents, complaints): to reach it is not to exceed it
        return done <= goal if goal == 0 else done >= goal
    return done >= goal


def _reached(scheme: ScoringScheme, line: Quantity) -> Scored:
    """Full points; far above the target value a reason is asked, and points go where told."""
    rules, points = scheme.over_fulfilment, line.points
    exact = line.done * FULL / line.goal
    rate, achieved = _rate("完成率", line, exact, scheme.places)
    over = exact >= rules.reason_from
    compared = Step("比较", f"完成{_n(line.done)} ≥ 指标值{_n(line.goal)}", SO, "达到指标值")
    said = f"完成{_n(line.done)}，达到指标值{_n(line.goal)}"
    shares = [band.share for band in rules.deductions if exact >= band.at_least]
    if shares:
        return _deducted(scheme, line, max(shares), (said, compared, rate, achieved))
    steps = (compared, rate, _whole_or_nothing(points, kept=True))
    said += f"，得满分{_n(points)}分{'；明显超出指标值，须说明原因' if over else ''}。"
    told = _told(scheme, ScoreRule.PROPORTION, line, said, steps)
    return Scored(points, told, achieved, over)


def _deducted(
    scheme: ScoringScheme, line: Quantity, share: Decimal, found: tuple[str, Step, Step, Decimal]
) -> Scored:
    """Take a share of the points away: the target value was set too low."""
    said, compared, rate, achieved = found
    points = line.points
    exact = points - points * share / FULL
    score = within(points, exact, scheme.places)
    formula = f"{_n(points)} - {_n(points)} × {_n(share)}%"
    steps = (compared, rate, score_step(formula, exact, score))
    said += f"，明显超出，扣{_n(share)}%，得{_n(score)}分；须说明原因。"
    basis = scheme.over_fulfilment.basis
    told = Explanation(ScoreRule.PROPORTION, said, line.inputs, steps, scheme.places, basis)
    return Scored(score, told, achieved, over_fulfilled=True)


def _in_proportion(scheme: ScoringScheme, line: Quantity) -> Scored:
    points, goal, done = line.points, line.goal, line.done
    compared = Step("比较", f"完成{_n(done)} < 指标值{_n(goal)}", SO, "未达到，按完成比例得分")
    if done < NOTHING:
        steps = (
            compared,
            Step("完成率", "完成值为负数", SO, "按0计"),
            _whole_or_nothing(points, kept=False),
        )
        said = f"完成{_n(done)}为负数，未达到指标值{_n(goal)}，不得分。"
        return Scored(NOTHING, _told(scheme, ScoreRule.PROPORTION, line, said, steps), NOTHING)
    rate, achieved = _rate("完成率", line, done * FULL / goal, scheme.places)
    exact = points * done / goal
    score = within(points, exact, scheme.places)
    formula = f"{_n(points)} × {_n(done)} ÷ {_n(goal)}"
    step = score_step(formula, exact, score)
    steps = (compared, rate, step)
    said = f"按完成比例：{formula} {step.sign} {_n(score)}分。"
    return Scored(score, _told(scheme, ScoreRule.PROPORTION, line, said, steps), achieved)


def _reverse(scheme: ScoringScheme, line: Quantity) -> Scored:
    points, goal, done = line.points, line.goal, line.done
    if done <= goal:
        steps = (
            Step("比较", f"完成{_n(done)} ≤ 指标值{_n(goal)}", SO, "未超过指标值"),
            _whole_or_nothing(points, kept=True),
        )
        said = f"反向指标：{_n(done)}未超过{_n(goal)}，得满分{_n(points)}分。"
        return Scored(points, _told(scheme, ScoreRule.REVERSE, line, said, steps))
    return _deviating(scheme, line, ScoreRule.REVERSE, done - goal, f"{_n(done)} - {_n(goal)}")


def _exact(scheme: ScoringScheme, line: Quantity) -> Scored:
    points, goal, done = line.points, line.goal, line.done
    _, achieved = _rate("完成率", line, done * FULL / goal, scheme.places)
    over = done * FULL / goal >= scheme.over_fulfilment.reason_from
    if done == goal:
        steps = (
            Step("比较", f"完成{_n(done)} = 指标值{_n(goal)}", SO, "正好达到"),
            _whole_or_nothing(points, kept=True),
        )
        said = f"完成{_n(done)}，正好达到指标值，得满分{_n(points)}分。"
        return Scored(points, _told(scheme, ScoreRule.EXACT, line, said, steps), achieved)
    high, low = max(done, goal), min(done, goal)
    found = _deviating(scheme, line, ScoreRule.EXACT, high - low, f"{_n(high)} - {_n(low)}")
    return Scored(found.score, found.explained, achieved, over)


def _deviating(
    scheme: ScoringScheme, line: Quantity, rule: ScoreRule, gap: Decimal, gap_text: str
) -> Scored:
    """Take away in proportion to the gap; nothing is left from the scheme's limit on."""
    points, goal = line.points, line.goal
    word = "超出" if rule is ScoreRule.REVERSE else "偏离"
    kind = "反向指标" if rule is ScoreRule.REVERSE else "须正好达到的指标"
    rate, _ = percent_step(
        f"{word}比例", f"（{gap_text}）÷ {_n(goal)} × 100", gap * FULL / goal, scheme.places
    )
    limit = scheme.quantity.reverse_zero_from - FULL
    exact = points - points * gap / goal
    if gap * FULL >= limit * goal or exact <= NOTHING:
        steps: tuple[Step, ...] = (
            rate,
            Step("比较", f"{word}{rate.result}%，不少于{_n(limit)}%", SO, "不得分"),
            _whole_or_nothing(points, kept=False),
        )
        said = f"{kind}：完成{_n(line.done)}，{word}指标值{_n(goal)}的{_n(limit)}%以上，不得分。"
        return Scored(NOTHING, _told(scheme, rule, line, said, steps))
    score = within(points, exact, scheme.places)
    formula = f"{_n(points)} - {_n(points)} ×（{gap_text}）÷ {_n(goal)}"
    step = score_step(formula, exact, score)
    said = f"{kind}按{word}比例扣分：{formula} {step.sign} {_n(score)}分。"
    return Scored(score, _told(scheme, rule, line, said, (rate, step)))


def _rate(label: str, line: Quantity, exact: Decimal, places: int) -> tuple[Step, Decimal]:
    return percent_step(label, f"{_n(line.done)} ÷ {_n(line.goal)} × 100", exact, places)


def _whole_or_nothing(points: Decimal, *, kept: bool) -> Step:
    score = points if kept else NOTHING
    return score_step(f"{_n(points)} × {'100' if kept else '0'}%", score, score)


def _told(
    scheme: ScoringScheme, rule: ScoreRule, line: Quantity, said: str, steps: tuple[Step, ...]
) -> Explanation:
    rules = scheme.quantity
    basis = rules.basis if rule is ScoreRule.PROPORTION else rules.special_basis
    return Explanation(rule, said, line.inputs, steps, scheme.places, basis)
