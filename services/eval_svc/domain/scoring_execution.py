"""The score of budget execution: proportional to the rate, or by its bands (Y25-5.4, YC23-5.1).

The rate is what was spent in the whole year ÷ the adjusted budget. Amounts are 元; the steps show
them in 万元, as the form does.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from services.eval_svc.domain.scoring_bands import share_in
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
from shared.money import wan_from_yuan
from shared.policy.scoring import ScoringScheme
from shared.terms.scoring import ExecutionRule

_EXACT_PLACES = 6


def execution_rate(budget: Decimal, executed: Decimal) -> Decimal | None:
    """Return the rate in %, not rounded; `None` without a budget."""
    return executed * FULL / budget if budget > NOTHING else None


def score_execution(
    scheme: ScoringScheme, *, budget: Decimal, executed: Decimal, finished: bool | None = None
) -> Scored:
    """Return the score with the rate in % as `achieved`.

    `finished` says whether the project was brought to its end, which only a banded scheme asks;
    `None` where the form does not tell, and then the rate alone decides.
    """
    points, rate = scheme.execution.points, execution_rate(budget, executed)
    if rate is None:
        steps = (
            Step("比较", f"全年预算数{_wan(budget)}万元", SO, "没有预算数，执行率无法计算"),
            score_step(f"{_n(points)} × 0%", NOTHING, NOTHING),
        )
        said = f"全年预算数为{_wan(budget)}，预算执行不得分。"
        return Scored(NOTHING, _told(scheme, budget, executed, said, steps))
    formula = f"{_wan(executed)} ÷ {_wan(budget)} × 100"
    rate_step, shown = percent_step("执行率", formula, rate, scheme.places)
    if scheme.execution.rule == ExecutionRule.EXECUTION_BAND:
        return _banded(scheme, budget, executed, (rate_step, shown, finished))
    if executed < NOTHING or executed >= budget:
        return _at_the_end(scheme, budget, executed, rate_step, shown)
    exact = points * executed / budget
    score = within(points, exact, scheme.places)
    step = score_step(f"{_n(points)} × {_wan(executed)} ÷ {_wan(budget)}", exact, score)
    said = f"预算执行：{_n(points)} × 执行率{_n(shown)}% {step.sign} {_n(score)}分。"
    return Scored(score, _told(scheme, budget, executed, said, (rate_step, step)), shown)


def _at_the_end(
    scheme: ScoringScheme, budget: Decimal, executed: Decimal, rate: Step, shown: Decimal
) -> Scored:
    """All points from 100 % on, none below 0 %: more than the points is never earned."""
    points = scheme.execution.points
    score = points if executed >= budget else NOTHING
    steps = [rate]
    if executed != budget:
        counted = "超过100%，按100%计" if score else "为负数，按0计"
        steps.append(Step("比较", f"执行率{_n(shown)}%", SO, counted))
    steps.append(score_step(f"{_n(points)} × {'100' if score else '0'}%", score, score))
    tail = f"（最高{_n(points)}分）" if executed > budget else ""
    said = f"预算执行：{_n(points)} × 执行率{_n(shown)}%{tail} = {_n(score)}分。"
    return Scored(score, _told(scheme, budget, executed, said, tuple(steps)), shown)


def _banded(
    scheme: ScoringScheme,
    budget: Decimal,
    executed: Decimal,
    found: tuple[Step, Decimal, bool | None],
) -> Scored:
    rate_step, shown, finished = found
    rule, points = scheme.execution, scheme.execution.points
    if executed > budget:
        share, why = rule.over_budget_share, "超过全年预算数"
    elif finished:
        share, why = FULL, "项目已完成且未超预算"
    else:
        band = share_in(rule.bands, executed * FULL / budget)
        share, why = band.share, f"在{_n(band.at_least)}%起的一档"
    exact = points * share / FULL
    score = within(points, exact, scheme.places)
    steps = (
        rate_step,
        Step("所在档", f"执行率{_n(shown)}%", SO, f"{why}，得分值的{_n(share)}%"),
        score_step(f"{_n(points)} × {_n(share)}%", exact, score),
    )
    said = f"预算执行：执行率{_n(shown)}%，{why}，得{_n(score)}分。"
    told = _told(scheme, budget, executed, said, steps, ScoreRule.EXECUTION_BAND)
    if finished is not None:
        stated = Input("finished", "项目已全部完成", "是" if finished else "否")
        told = replace(told, inputs=(*told.inputs, stated))
    return Scored(score, told, shown)


def _told(
    scheme: ScoringScheme,
    budget: Decimal,
    executed: Decimal,
    said: str,
    steps: tuple[Step, ...],
    rule: ScoreRule = ScoreRule.EXECUTION_PROPORTION,
) -> Explanation:
    inputs = (
        Input("points", "分值", _n(scheme.execution.points)),
        Input("budget", "全年预算数", f"{_wan(budget)}万元"),
        Input("executed", "全年执行数", f"{_wan(executed)}万元"),
    )
    return Explanation(rule, said, inputs, steps, scheme.places, scheme.execution.basis)


def _wan(amount: Decimal) -> str:
    return _n(wan_from_yuan(amount, _EXACT_PLACES))
