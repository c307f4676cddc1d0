"""What a pack's parts must agree on; every breach is told by path, in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from shared.errors import FieldProblem
from shared.policy.escalation import Rung, RungMode, RungWay
from shared.policy.model import (
    DeadlineKind,
    DeadlineRule,
    GradeBand,
    LightBand,
    MonitoringPolicy,
    Pack,
    RectificationPolicy,
    ReviewPolicy,
    TargetPolicy,
    WindowRule,
)
from shared.policy.names import DeadlineName, WindowName
from shared.policy.scoring_coherence import scoring_incoherences
from shared.terms.vocabulary import Grade

_LEAP_FREE_YEAR = 2023
_FULL_POINTS = Decimal(100)


def incoherences(pack: Pack) -> tuple[FieldProblem, ...]:
    """Return every place where parts of `pack` contradict one another; empty when sound."""
    found = (
        *_review(pack.review),
        *_target(pack.target),
        *_monitoring(pack.monitoring),
        *scoring_incoherences(pack.scoring, pack.region),
        *_rectification(pack.rectification),
        *_escalation(pack),
        *_deadlines(pack),
        *_windows(pack),
        *_questions(pack),
        *_repeats("routing", [rule.category for rule in pack.routing]),
    )
    return tuple(FieldProblem(path, "incoherent", message) for path, message in found)


_Found = Iterator[tuple[str, str]]


def _repeats(path: str, values: Sequence[str]) -> _Found:
    if len(set(values)) != len(values):
        yield path, "有重复的值"


def _bands(path: str, bands: Sequence[GradeBand] | Sequence[LightBand]) -> _Found:
    floors = [band.at_least for band in bands]
    if floors[0] != 0:
        yield path, "第一档应从0开始"
    if any(low >= high for low, high in pairwise(floors)):
        yield path, "各档应从低到高排列，不得相同"


def _review(review: ReviewPolicy) -> _Found:
    codes = [stage.code for stage in review.stages]
    yield from _repeats("review.stages", codes)
    if review.returns_through not in codes:
        yield "review.returns_through", "退回所经的环节不在审核环节之中"
    yield from _bands("review.grade_bands", review.grade_bands)
    yield from _repeats("review.grade_bands", [band.grade for band in review.grade_bands])
    sorted_out = [*review.passing_grades, *review.revise_grades, *review.reject_grades]
    if sorted(sorted_out) != sorted(Grade):
        yield "review", "优、良、中、差须各归入通过、修改、不通过之一，不得重复或遗漏"
    yield from _repeats("review.mandatory_checks", review.mandatory_checks)
    yield from _repeats("review.items", [item.code for item in review.items])
    if sum(item.points for item in review.items) != _FULL_POINTS:
        yield "review.items", "各项分值之和应为100"


def _target(target: TargetPolicy) -> _Found:
    yield from _repeats("target.levels", [level.code for level in target.levels])
    second = [code for level in target.levels for code, _ in level.level2]
    yield from _repeats("target.levels", second)
    for code in target.required_level2:
        if code not in second:
            yield "target.required_level2", f"{code} 不在指标体系之中"
    weights = [level.weight for level in target.levels if level.weight is not None]
    indicators = target.total_weight - target.execution_weight
    if len(weights) == len(target.levels) and sum(weights) != indicators:
        yield "target.levels", f"一级指标权重之和应为{indicators}"


def _monitoring(monitoring: MonitoringPolicy) -> _Found:
    if not _is_day(monitoring.as_of_month, monitoring.as_of_day):
        yield "monitoring.as_of_day", "没有这一天"
    yield from _bands("monitoring.indicator_bands", monitoring.indicator_bands)
    yield from _bands("monitoring.execution_bands", monitoring.execution_bands)


def _rectification(rules: RectificationPolicy) -> _Found:
    if rules.continuous_max_years * 12 < rules.phased_max_months:
        yield "rectification.continuous_max_years", "持续整改的期限不应短于分阶段整改"


def _escalation(pack: Pack) -> _Found:
    for kind, ladder in pack.escalation.items():
        path = f"escalation.{kind}"
        deadline = pack.deadlines.get(ladder.deadline)
        if deadline is None:
            yield f"{path}.deadline", "没有这个时限"
            continue
        yield from _repeats(f"{path}.rungs", [rung.code for rung in ladder.rungs])
        buffer = deadline.buffer_workdays
        days = [rung.workdays + rung.after_buffer * buffer for rung in ladder.rungs]
        if days != sorted(days):
            yield f"{path}.rungs", "各级应从早到晚排列，按缓冲期计算的连同缓冲天数"
        for rung in ladder.rungs:
            yield from _rung(f"{path}.rungs.{rung.code}", rung)


def _rung(path: str, rung: Rung) -> _Found:
    is_prepared = rung.mode is RungMode.PREPARED
    if is_prepared != (rung.role is not None) or is_prepared != (rung.demand is not None):
        yield path, "由人办理的须写明角色和要求，系统自动的不写"
    if is_prepared == (rung.way is RungWay.REMINDER):
        yield f"{path}.mode", "提醒由系统自动完成，其余各级由人办理"
    if rung.is_paper and not is_prepared:
        yield f"{path}.is_paper", "系统自动的一级没有文书"
    if rung.after_buffer and rung.workdays < 0:
        yield f"{path}.workdays", "按缓冲期计算的天数不能为负"


def _deadlines(pack: Pack) -> _Found:
    for name in DeadlineName:
        if name not in pack.deadlines:
            yield f"deadlines.{name}", "缺少此项，请补上"
    for rule in pack.deadlines.values():
        yield from _deadline(f"deadlines.{rule.id}", rule)


def _deadline(path: str, rule: DeadlineRule) -> _Found:
    fixed = rule.kind is DeadlineKind.FIXED
    counted_from_event = rule.kind is DeadlineKind.WORKDAYS_AFTER
    if fixed and not _is_day(rule.month, rule.day):
        yield f"{path}.day", "没有这一天"
    if fixed == bool(rule.n):
        yield f"{path}.n", "固定日期不写n，按工作日计算的须写n"
    if counted_from_event == bool(rule.month):
        yield f"{path}.month", "从某日起算的不写month，其余须写month"
    if not fixed and rule.day:
        yield f"{path}.day", "只有固定日期才写day"
    if not fixed and rule.roll != "none":
        yield f"{path}.roll", "只有固定日期才需要顺延规则"


def _windows(pack: Pack) -> _Found:
    for name in WindowName:
        if name not in pack.windows:
            yield f"windows.{name}", "缺少此项，请补上"
    for rule in pack.windows.values():
        if not _is_sound(rule):
            yield f"windows.{rule.id}", "起止日期不存在，或起始晚于截止"


def _is_sound(rule: WindowRule) -> bool:
    days_exist = _is_day(rule.start_month, rule.start_day) and _is_day(rule.end_month, rule.end_day)
    if not days_exist:
        return False
    first, last = rule.dates(_LEAP_FREE_YEAR)
    return first <= last


def _questions(pack: Pack) -> _Found:
    yield from _repeats("questions", [question.id for question in pack.questions])
    yield from _repeats("questions", [question.deadline_id for question in pack.questions])
    for question in pack.questions:
        path = f"questions.{question.id}"
        yield from _repeats(path, [code for code, _, _ in question.readings])
        if question.deadline_id not in pack.deadlines:
            yield f"{path}.deadline_id", "没有这个时限"
        for code, _, rule in question.readings:
            yield from _deadline(f"{path}.{code}", rule)


def _is_day(month: int, day: int) -> bool:
    """Tell whether the day exists in every year; 29 February does not."""
    try:
        date(_LEAP_FREE_YEAR, month, day)
    except ValueError:
        return False
    return True
