"""What the parts of a scoring scheme must agree on; every breach by path, in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.money import number_text
from shared.policy.scoring import WHOLE, ScoringPolicy, ScoringScheme, ShareBand
from shared.terms.vocabulary import Grade, IndicatorLevel1, Taxonomy

if TYPE_CHECKING:
    from shared.policy.model import GradeBand

_Found = Iterator[tuple[str, str]]


def scoring_incoherences(policy: ScoringPolicy, region: str) -> _Found:
    """Yield (path, message) for every contradiction; `region` is the pack's division code."""
    codes = [each.code for each in policy.schemes]
    if len(set(codes)) != len(codes):
        yield "scoring.schemes", "有重复的评分方案代码"
    for scheme in policy.schemes:
        path = f"scoring.schemes.{scheme.code}"
        yield from scheme_incoherences(path, scheme)
        if scheme.place is not None and not region.startswith(scheme.place.region):
            yield f"{path}.place", f"这是{scheme.place.title}的评分方案，不适用于本地区"
    for kind, choices in policy.defaults.items():
        path = f"scoring.defaults.{kind}"
        years = [row.from_year for row in choices]
        if years != sorted(set(years)):
            yield path, "起始年度应从早到晚排列，不得相同"
        for row in choices:
            yield from _choice(f"{path}.{row.from_year}", policy, kind, row.from_year, row.scheme)


def _choice(path: str, policy: ScoringPolicy, kind: str, year: int, code: str) -> _Found:
    scheme = policy.find(code)
    if scheme is None:
        yield path, f"评分方案 {code} 不在本政策包之中"
    elif kind not in scheme.kinds:
        yield path, f"评分方案「{scheme.title}」不适用于这类自评表"
    elif not scheme.holds_in(year):
        yield path, f"评分方案「{scheme.title}」在{year}年度不适用"


def scheme_incoherences(path: str, scheme: ScoringScheme) -> _Found:
    """Yield (path, message) for every contradiction within one scheme."""
    if scheme.last_year is not None and scheme.last_year < scheme.first_year:
        yield f"{path}.last_year", "适用年度的截止早于起始"
    yield from _points(path, scheme)
    yield from _qualitative(f"{path}.qualitative_bands", scheme)
    yield from _grades(f"{path}.grade_bands", scheme.grade_bands)
    execution, satisfaction = scheme.execution, scheme.satisfaction
    yield from _by_rule(
        f"{path}.execution.bands", execution.bands, banded=execution.rule == "execution_band"
    )
    if execution.over_budget_share > WHOLE:
        yield f"{path}.execution.over_budget_share", "得分占比不应超过100"
    yield from _by_rule(
        f"{path}.satisfaction.bands", satisfaction.bands, banded=satisfaction.rule == "banded"
    )
    if scheme.quantity.reverse_zero_from <= WHOLE:
        yield f"{path}.quantity.reverse_zero_from", "应大于100，否则刚达到指标值也不得分"
    yield from _over_fulfilment(f"{path}.over_fulfilment", scheme)
    yield from _caps(f"{path}.capping.caps", scheme)


def _points(path: str, scheme: ScoringScheme) -> _Found:
    known = {code for each in scheme.point_sets for code in each.levels}
    for each in scheme.point_sets:
        at = f"{path}.point_sets.{each.code}"
        total = sum((row.points for row in each.rows), scheme.execution.points)
        if total != WHOLE:
            yield at, f"预算执行与各一级指标分值之和为{number_text(total)}，应为100"
        if len(each.levels) != sum(len(row.levels) for row in each.rows):
            yield at, "同一个一级指标写了两次"
        if scheme.taxonomy == Taxonomy.Y2015 and IndicatorLevel1.COST in each.levels:
            yield at, "2015年指标体系中成本属于产出指标，不是一级指标"
    codes = [each.code for each in scheme.point_sets]
    if len(set(codes)) != len(codes):
        yield f"{path}.point_sets", "有重复的分值方案代码"
    for gone, to in scheme.moved_when_absent.items():
        if gone == to or not {gone, to} <= known:
            yield f"{path}.moved_when_absent.{gone}", "分值只能移到本方案中另一个一级指标"


def _qualitative(path: str, scheme: ScoringScheme) -> _Found:
    steps = sorted(scheme.qualitative_bands, key=lambda band: band.at_least)
    if len({band.code for band in steps}) != len(steps):
        yield path, "有重复的档次"
    joined = all(low.below == high.at_least for low, high in pairwise(steps))
    if steps[0].at_least != 0 or steps[-1].below != WHOLE or not joined:
        yield path, "各档应从0到100首尾相接，中间不留空档"
    if any(band.at_least >= band.below for band in steps):
        yield path, "每档的上限应大于下限"


def _grades(path: str, bands: Sequence[GradeBand]) -> _Found:
    yield from _rising(path, [band.at_least for band in bands], first=True)
    if sorted(band.grade for band in bands) != sorted(Grade):
        yield path, "优、良、中、差须各有一档"


def _by_rule(path: str, bands: Sequence[ShareBand], *, banded: bool) -> _Found:
    if not banded:
        if bands:
            yield path, "按比例得分的不写分档"
        return
    if not bands:
        yield path, "分档得分的须写明各档"
        return
    yield from _rising(path, [band.at_least for band in bands], first=True)
    shares = [band.share for band in bands]
    if shares != sorted(shares) or shares[-1] > WHOLE:
        yield path, "档次越高得分占比越高，最高不超过100"


def _rising(path: str, floors: Sequence[object], *, first: bool) -> _Found:
    if first and floors[0] != 0:
        yield path, "第一档应从0开始，不留空档"
    if any(low >= high for low, high in pairwise(floors)):  # type: ignore[operator]
        yield path, "各档应从低到高排列，不得相同"


def _over_fulfilment(path: str, scheme: ScoringScheme) -> _Found:
    rules = scheme.over_fulfilment
    if rules.reason_from <= WHOLE:
        yield f"{path}.reason_from", "应大于100，刚达到指标值不算超额"
    yield from _rising(
        f"{path}.deductions", [band.at_least for band in rules.deductions], first=False
    )
    shares = [band.share for band in rules.deductions]
    if shares != sorted(shares) or any(share > WHOLE for share in shares):
        yield f"{path}.deductions", "超额越多扣减越多，最多扣完"
    if any(band.at_least < rules.reason_from for band in rules.deductions):
        yield f"{path}.deductions", "扣减的起点不应低于须说明原因的起点"


def _caps(path: str, scheme: ScoringScheme) -> _Found:
    rates = [cap.rate_below for cap in scheme.capping.caps]
    if any(low >= high for low, high in pairwise(rates)):
        yield path, "执行率应从低到高排列，不得相同"
    for cap in scheme.capping.caps:
        at = f"{path}.{number_text(cap.rate_below)}"
        if cap.total_at_most is None and cap.grade_at_most is None:
            yield at, "总分上限和等级上限至少写明一项"
        if cap.total_at_most is not None and cap.total_at_most > WHOLE:
            yield at, "总分上限不应超过100"
    totals = [cap.total_at_most for cap in scheme.capping.caps if cap.total_at_most is not None]
    if totals != sorted(totals):
        yield path, "执行率越低，总分上限不应越高"
