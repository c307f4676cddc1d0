"""Scores by bands: qualitative steps, and a satisfaction rate where the scheme bands it.

Y25-5.4, YC23-5.1; bands are half-open from below, the top one includes its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.eval_svc.domain.scoring_explained import (
    FULL,
    IS,
    SO,
    Explanation,
    Input,
    Scored,
    ScoreRule,
    Step,
    score_step,
    within,
)
from shared.money import number_text as _n
from shared.money import round_half_up
from shared.policy.scoring import QualitativeBand, ScoringScheme, ShareBand
from shared.terms import labels


def band_of(scheme: ScoringScheme, code: str) -> QualitativeBand | None:
    """Return the qualitative band called `code`."""
    return next((band for band in scheme.qualitative_bands if band.code == code), None)


def band_points(
    scheme: ScoringScheme, band: QualitativeBand, points: Decimal
) -> tuple[Decimal, Decimal]:
    """Return the band's lowest points and its upper end for an indicator worth `points`."""
    low = round_half_up(points * band.at_least / FULL, scheme.places)
    if band.below == FULL:
        return low, points
    return low, round_half_up(points * band.below / FULL, scheme.places)


def band_words(scheme: ScoringScheme, band: QualitativeBand, points: Decimal) -> str:
    """Return a band's range of points in words: `8分（含）至10分` or `6分（含）至8分（不含）`."""
    low, high = band_points(scheme, band, points)
    end = f"{_n(high)}分" if band.below == FULL else f"{_n(high)}分（不含）"
    return f"{_n(low)}分（含）至{end}"


def score_qualitative(
    scheme: ScoringScheme, points: Decimal, code: str, chosen: Decimal | None
) -> Scored:
    """Return the points chosen if they lie within the chosen band, else why they count nothing."""
    inputs = [Input("points", "分值", _n(points))]
    band = band_of(scheme, code)
    if band is None:
        return _open(scheme, inputs, "定性指标请先选择完成档次。", ())
    low, high = band_points(scheme, band, points)
    name, words = labels("qualitative_step")[band.code], band_words(scheme, band, points)
    inputs.append(Input("band", "完成档次", name))
    ends = (
        _end_step("档次下限", points, band.at_least, low),
        _end_step("档次上限", points, band.below, high),
    )
    if chosen is None:
        return _open(scheme, inputs, f"「{name}」档：请在{words}内打分。", ends)
    inputs.append(Input("chosen", "定性得分", _n(chosen)))
    if not low <= chosen <= high or (chosen == high and band.below != FULL):
        return _open(scheme, inputs, f"「{name}」档应在{words}内，填的是{_n(chosen)}分。", ends)
    said = f"「{name}」档（{_n(band.at_least)}%至{_n(band.below)}%），得{_n(chosen)}分。"
    steps = (
        *ends,
        Step("比较", f"打分{_n(chosen)}分", SO, f"在{words}内"),
        Step("得分", "", IS, _n(chosen), "分"),
    )
    return Scored(chosen, _told(scheme, inputs, said, steps))


def share_in(bands: Sequence[ShareBand], rate: Decimal) -> ShareBand:
    """Return the band a rate (in %) lies in; below all of them the lowest."""
    return max((band for band in bands if rate >= band.at_least), key=lambda band: band.at_least,
               default=bands[0])  # fmt: skip


def score_satisfaction(scheme: ScoringScheme, points: Decimal, rate: Decimal) -> Scored:
    """Return the points of the band a satisfaction rate (in %) lies in."""
    band = share_in(scheme.satisfaction.bands, rate)
    exact = points * band.share / FULL
    score = within(points, exact, scheme.places)
    place = f"在{_n(band.at_least)}%起的一档"
    steps = (
        Step("所在档", f"满意率{_n(rate)}%", SO, f"{place}，得分值的{_n(band.share)}%"),
        score_step(f"{_n(points)} × {_n(band.share)}%", exact, score),
    )
    said = f"满意率{_n(rate)}%，{place}，得{_n(score)}分。"
    inputs = (Input("points", "分值", _n(points)), Input("actual", "满意率", f"{_n(rate)}%"))
    told = Explanation(
        ScoreRule.SATISFACTION_BAND, said, inputs, steps, scheme.places, scheme.satisfaction.basis
    )
    return Scored(score, told)


def _end_step(label: str, points: Decimal, share: Decimal, found: Decimal) -> Step:
    return score_step(f"{_n(points)} × {_n(share)}%", points * share / FULL, found, label)


def _open(
    scheme: ScoringScheme, inputs: Sequence[Input], said: str, steps: tuple[Step, ...]
) -> Scored:
    return Scored(None, _told(scheme, inputs, said, steps))


def _told(
    scheme: ScoringScheme, inputs: Sequence[Input], said: str, steps: tuple[Step, ...]
) -> Explanation:
    return Explanation(
        ScoreRule.QUALITATIVE_BAND, said, tuple(inputs), steps, None, scheme.qualitative_basis
    )
