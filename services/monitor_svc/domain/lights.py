"""Warning lights for both halves of 双监控: execution and achievement (Y25-4.1, SL21-6.1, HC15.1).

Thresholds and pacing are the pack's. A positive indicator is held against the share of its annual
value due by the as-of month; a reverse indicator (≤, <) must keep within its bound; a qualitative
one is judged in three steps. The report's light is the worst of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.money import number_in, ratio_percent
from shared.policy.model import LightBand, MonitoringPolicy
from shared.terms.vocabulary import Light

MONTHS = 12
REVERSE = frozenset({"le", "lt"})


class Judgement(StrEnum):
    """How a qualitative indicator is coming on."""

    ON_TRACK = "on_track"
    PARTLY = "partly"
    OFF_TRACK = "off_track"


_JUDGED = {
    Judgement.ON_TRACK: Light.GREEN,
    Judgement.PARTLY: Light.YELLOW,
    Judgement.OFF_TRACK: Light.RED,
}
_WORST_FIRST = (Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE)


@dataclass(frozen=True, slots=True)
class LitIndicator:
    """A light and the figure it rests on: progress in % of what was due, where there is one."""

    light: Light
    progress: Decimal | None
    explanation: str


def light_indicator(
    policy: MonitoringPolicy, *, operator: str, target: str, actual: str
) -> LitIndicator:
    """Return an indicator's light at the policy's as-of month; `none` when nothing was entered."""
    if not actual.strip():
        return LitIndicator(Light.NONE, None, "尚未填写截至期完成值。")
    if operator == "qualitative":
        return _light_qualitative(actual)
    goal, done = number_in(target), number_in(actual)
    if goal is None or done is None:
        return LitIndicator(Light.NONE, None, "目标值或完成值不是数字，无法计算。")
    if operator in REVERSE:
        kept = done <= goal if operator == "le" else done < goal
        light = Light.GREEN if kept else Light.RED
        relation = "未超过" if kept else "已超过"
        return LitIndicator(light, None, f"反向指标：{done} {relation} {goal}。")
    return _light_positive(policy, goal, done)


def _light_qualitative(actual: str) -> LitIndicator:
    try:
        light = _JUDGED[Judgement(actual)]
    except ValueError:
        return LitIndicator(Light.NONE, None, "请选择进展情况。")
    return LitIndicator(light, None, "按进展情况判定。")


def _light_positive(policy: MonitoringPolicy, goal: Decimal, done: Decimal) -> LitIndicator:
    due = goal * policy.as_of_month / MONTHS
    progress = ratio_percent(done, due, policy.ratio_places)
    if progress is None:
        light = Light.GREEN if done <= 0 else Light.BLUE
        return LitIndicator(light, None, "目标值为 0，按是否超出判定。")
    explanation = f"{done} ÷（{goal} ÷ 12 × {policy.as_of_month}）= {progress}%"
    return LitIndicator(band_light(policy.indicator_bands, progress), progress, explanation)


@dataclass(frozen=True, slots=True)
class LitExecution:
    """Execution rate (% of the adjusted budget), paced rate (% of what was due), the light."""

    light: Light
    rate: Decimal | None
    paced: Decimal | None


def light_execution(
    policy: MonitoringPolicy, *, budget: Decimal, executed: Decimal
) -> LitExecution:
    """Return the execution light: executed ÷ budget (元) against the share of the year."""
    rate = ratio_percent(executed, budget, policy.ratio_places)
    if rate is None:
        return LitExecution(Light.NONE, None, None)
    paced = ratio_percent(executed * MONTHS, budget * policy.as_of_month, policy.ratio_places)
    light = Light.NONE if paced is None else band_light(policy.execution_bands, paced)
    return LitExecution(light, rate, paced)


def band_light(bands: Sequence[LightBand], value: Decimal) -> Light:
    """Return the light of the highest band `value` reaches; bands are inclusive from below."""
    reached = [band for band in bands if value >= band.at_least]
    lowest = min(bands, key=lambda band: band.at_least)
    chosen = max(reached, key=lambda band: band.at_least, default=lowest)
    return Light(chosen.light)


def worst_light(lights: Iterable[Light]) -> Light:
    """Return the worst of the lights: red, yellow, green, blue; `none` counts for nothing."""
    shown = set(lights)
    return next((light for light in _WORST_FIRST if light in shown), Light.NONE)
