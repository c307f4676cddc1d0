"""Total and grade of a form, with the caps by execution rate a scheme may set.

Y25-5.4, YC23-5.1. The total is the sum of its parts unless a cap ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.scoring_explained import (
    IS,
    NOTHING,
    SO,
    Explanation,
    Input,
    Scored,
    ScoreRule,
    Step,
)
from shared.money import number_text as _n
from shared.money import round_half_up
from shared.policy.model import GradeBand
from shared.policy.scoring import Cap, ScoringScheme
from shared.terms import label_of, labels
from shared.terms.vocabulary import Grade, IndicatorLevel1

EXECUTION = "预算执行"
Part = tuple[str, Decimal | None]
"""A line's first-level group and its score, `None` while it has none."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade and how it was found."""

    grade: Grade
    explained: Explanation


def score_total(
    scheme: ScoringScheme, execution: Decimal, parts: Sequence[Part], rate: Decimal | None
) -> Scored:
    """Return the total of execution and indicators; `rate` is the execution rate in %, exact.

    A line not scored yet adds nothing, and the explanation says so.
    """
    sections = list(_sections(parts))
    steps = [Step(each.name, _sum_text(each.scores), IS, _n(each.total), "分") for each in sections]
    sums = [execution, *(each.total for each in sections)]
    exact = sum(sums, NOTHING)
    open_lines = sum(score is None for _, score in parts)
    if open_lines:
        steps.append(Step("尚未得分", f"{open_lines}条指标", SO, "暂不计入"))
    steps.append(Step("总分", _sum_text(sums), IS, _n(exact), "分"))
    inputs = [Input("execution", EXECUTION, _n(execution))]
    inputs += [Input("section", each.name, _n(each.total)) for each in sections]
    said = f"{EXECUTION}{_n(execution)}分"
    said += "".join(f"，{each.name}{_n(each.total)}分" for each in sections)
    total, basis = exact, scheme.points_basis
    cap = _total_cap(scheme, rate)
    if cap is not None and cap.total_at_most is not None and exact > cap.total_at_most:
        total, basis = cap.total_at_most, scheme.capping.basis
        steps.append(_cap_step(cap, rate))
        steps.append(Step("总分", "", IS, _n(total), "分"))
        said += f"；执行率低于{_n(cap.rate_below)}%，总分不超过{_n(total)}分"
    said += f"；总分{_n(total)}分。"
    told = Explanation(ScoreRule.TOTAL, said, tuple(inputs), tuple(steps), None, basis)
    return Scored(total, told)


def grade_of(
    scheme: ScoringScheme, total: Decimal, rate: Decimal | None = None, *, name: str = "总分"
) -> Graded:
    """Return the grade of a total, which the form calls `name`; bands are inclusive from below."""
    bands = sorted(scheme.grade_bands, key=lambda band: band.at_least)
    at = max((place for place, band in enumerate(bands) if total >= band.at_least), default=0)
    grade, basis = Grade(bands[at].grade), scheme.grade_basis
    steps = [Step("比较", _range_text(total, bands, at), SO, label_of(grade))]
    said = f"{name}{_n(total)}分，{_range_words(bands, at)}，等级为{label_of(grade)}"
    ranks = [band.grade for band in bands]
    for cap in _caps_below(scheme, rate):
        most = cap.grade_at_most
        if most is not None and ranks.index(grade) > ranks.index(most):
            grade, basis = Grade(most), scheme.capping.basis
            steps.append(_cap_step(cap, rate))
            steps.append(Step("等级", "", SO, label_of(grade)))
            said += f"；执行率低于{_n(cap.rate_below)}%，等级不高于{label_of(grade)}"
    inputs = [Input("total", name, _n(total))]
    if rate is not None and scheme.capping.caps:
        inputs.append(Input("rate", "执行率", f"{_n(round_half_up(rate, scheme.places))}%"))
    told = Explanation(ScoreRule.GRADE, f"{said}。", tuple(inputs), tuple(steps), None, basis)
    return Graded(grade, told)


@dataclass(frozen=True, slots=True)
class _Section:
    """The lines of one first-level group that have a score."""

    name: str
    scores: list[Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.scores, NOTHING)


def _sections(parts: Sequence[Part]) -> Iterable[_Section]:
    names = labels("indicator_level1")
    order = [each.value for each in IndicatorLevel1]
    order += [code for code, _ in parts if code not in order]
    for code in dict.fromkeys(order):
        scores = [score for level, score in parts if level == code and score is not None]
        if scores:
            yield _Section(names.get(code, code or "未分类指标"), scores)


def _sum_text(scores: Sequence[Decimal]) -> str:
    return " + ".join(_n(score) for score in scores)


def _caps_below(scheme: ScoringScheme, rate: Decimal | None) -> list[Cap]:
    """Return the caps a rate falls under, the strictest first."""
    caps = scheme.capping.caps
    return [] if rate is None else [cap for cap in caps if rate < cap.rate_below]


def _total_cap(scheme: ScoringScheme, rate: Decimal | None) -> Cap | None:
    caps = [cap for cap in _caps_below(scheme, rate) if cap.total_at_most is not None]
    return min(caps, key=lambda cap: cap.total_at_most or NOTHING, default=None)


def _cap_step(cap: Cap, rate: Decimal | None) -> Step:
    ends = [] if cap.total_at_most is None else [f"总分不超过{_n(cap.total_at_most)}分"]
    if cap.grade_at_most is not None:
        ends.append(f"等级不高于{labels('grade')[cap.grade_at_most]}")
    shown = _n(round_half_up(rate or NOTHING, 2))
    return Step("上限", f"执行率{shown}% < {_n(cap.rate_below)}%", SO, "、".join(ends))


def _range_text(total: Decimal, bands: Sequence[GradeBand], at: int) -> str:
    low = f"{_n(bands[at].at_least)} ≤ " if at else ""
    high = f" < {_n(bands[at + 1].at_least)}" if at + 1 < len(bands) else ""
    return f"{low}{_n(total)}{high}"


def _range_words(bands: Sequence[GradeBand], at: int) -> str:
    if at == 0:
        return f"低于{_n(bands[1].at_least)}分"
    low = f"{_n(bands[at].at_least)}分（含）以上"
    return low if at + 1 == len(bands) else f"{low}、不到{_n(bands[at + 1].at_least)}分"
