"""The scoring schemes of a pack as people read them: what is said, in words, and on what basis."""

from __future__ import annotations

from collections.abc import Iterator

from shared.money import number_text as _n
from shared.policy.model import Basis
from shared.policy.scoring import PointSet, ScoringPolicy, ScoringScheme, ShareBand
from shared.terms import label, labels

Line = tuple[str, str, Basis]
"""What a rule is about, what it says, and its basis."""


def scoring_lines(policy: ScoringPolicy) -> Iterator[Line]:
    """Yield which scheme holds when, the rules of those in use, and what else can be chosen."""
    for kind, choices in policy.defaults.items():
        said = "；".join(f"{row.from_year}年度起 {_title(policy, row.scheme)}" for row in choices)
        yield label("scored_kind", kind), said, policy.basis
    used = {row.scheme for choices in policy.defaults.values() for row in choices}
    for scheme in policy.schemes:
        if scheme.code in used:
            yield from _rules(scheme, several=len(used) > 1)
    for scheme in policy.schemes:
        if scheme.code not in used:
            yield f"可选方案：{scheme.title}", _points(scheme), scheme.points_basis


def _rules(scheme: ScoringScheme, *, several: bool) -> Iterator[Line]:
    of = f"（{scheme.title}）" if several else ""
    yield f"分值{of}", _points(scheme), scheme.points_basis
    yield f"预算执行{of}", _execution(scheme), scheme.execution.basis
    yield f"定量指标{of}", labels("score_rule")["proportion"], scheme.quantity.basis
    yield f"反向、相等和零值指标{of}", _special(scheme), scheme.quantity.special_basis
    satisfaction = labels("satisfaction_rule")[scheme.satisfaction.rule]
    if scheme.satisfaction.bands:
        satisfaction += f"：{_bands(scheme.satisfaction.bands)}"
    yield f"满意度指标{of}", satisfaction, scheme.satisfaction.basis
    steps = "；".join(
        f"{labels('qualitative_step')[each.code]} {_n(each.at_least)}%至{_n(each.below)}%"
        for each in scheme.qualitative_bands
    )
    yield f"定性指标{of}", steps, scheme.qualitative_basis
    yield f"超额完成{of}", _over(scheme), scheme.over_fulfilment.basis
    yield f"总分和等级上限{of}", _caps(scheme), scheme.capping.basis
    grades = "；".join(
        f"{labels('grade')[each.grade]} {_n(each.at_least)}分起" for each in scheme.grade_bands
    )
    yield f"等级{of}", grades, scheme.grade_basis


def _title(policy: ScoringPolicy, code: str) -> str:
    scheme = policy.find(code)
    return code if scheme is None else f"{scheme.title}第{scheme.version}版"


def _points(scheme: ScoringScheme) -> str:
    execution = f"预算执行 {_n(scheme.execution.points)}"
    return "；".join(f"{each.title}：{execution}、{_rows(each)}" for each in scheme.point_sets)


def _rows(points: PointSet) -> str:
    names = labels("indicator_level1")
    return "、".join(
        f"{'和'.join(names[code] for code in row.levels)} {_n(row.points)}" for row in points.rows
    )


def _execution(scheme: ScoringScheme) -> str:
    rule, bands = scheme.execution, scheme.execution.bands
    said = labels("execution_rule")[rule.rule]
    return f"{said}：{_bands(bands)}" if bands else f"{said}，最高{_n(rule.points)}分"


def _bands(bands: tuple[ShareBand, ...]) -> str:
    return "，".join(f"{_n(each.at_least)}%起得{_n(each.share)}%" for each in bands)


def _special(scheme: ScoringScheme) -> str:
    reading = labels("equal_reading")[scheme.quantity.equal_reading]
    zero = _n(scheme.quantity.reverse_zero_from)
    return f"反向指标按超出比例扣分，达到指标值{zero}%不得分；「=」{reading}；零和负数不按比例"


def _over(scheme: ScoringScheme) -> str:
    rules = scheme.over_fulfilment
    said = f"达到指标值 {_n(rules.reason_from)}% 须说明原因"
    if not rules.deductions:
        return f"{said}，不扣分"
    taken = "，".join(f"{_n(each.at_least)}%起扣{_n(each.share)}%" for each in rules.deductions)
    return f"{said}；{taken}的分值"


def _caps(scheme: ScoringScheme) -> str:
    said = []
    for cap in scheme.capping.caps:
        ends = [] if cap.total_at_most is None else [f"总分不超过{_n(cap.total_at_most)}分"]
        if cap.grade_at_most is not None:
            ends.append(f"等级不高于{labels('grade')[cap.grade_at_most]}")
        said.append(f"执行率低于{_n(cap.rate_below)}%的，{'、'.join(ends)}")
    return "；".join(said) or "不设"
