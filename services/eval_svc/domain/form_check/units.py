"""Units as indicators print them: multipliers, spellings of one unit, and what a unit measures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Measure(StrEnum):
    """What a unit counts or measures; units of unknown measure have none."""

    SHARE = "share"
    MONEY = "money"
    PEOPLE = "people"
    AREA = "area"
    LENGTH = "length"
    TIME = "time"
    MASS = "mass"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's one spelling, what it measures, and the multiplier printed before it."""

    name: str = ""
    measure: Measure | None = None
    multiplier: Decimal = Decimal(1)


_MULTIPLIERS = (
    ("万亿", Decimal(10) ** 12), ("千万", Decimal(10) ** 7), ("百万", Decimal(10) ** 6),
    ("十万", Decimal(10) ** 5), ("亿", Decimal(10) ** 8), ("万", Decimal(10) ** 4),
)  # fmt: skip
_SAME = {
    "百分比": "%", "百分点": "%", "个百分点": "%", "℅": "%", "名": "人", "位": "人", "个人": "人",
    "平米": "平方米", "平方": "平方米",
    "千米": "公里", "km": "公里",
    "m": "米", "cm": "厘米", "mm": "毫米", "kg": "公斤", "千克": "公斤", "t": "吨", "日": "天",
    "个工作日": "工作日", "个月": "月", "h": "小时", "个小时": "小时", "元整": "元", "人民币": "元",
    "人民币元": "元", "圆": "元", "块": "元", "min": "分钟", "次数": "次", "¥": "元",
    "平方千米": "平方公里", "hm2": "公顷",
}  # fmt: skip
_MEASURES = {
    Measure.SHARE: ("%", "‰"),
    Measure.MONEY: ("元",),
    Measure.PEOPLE: ("人", "人次", "户次", "家庭"),
    Measure.AREA: ("亩", "平方米", "公顷", "平方公里"),
    Measure.LENGTH: ("米", "公里", "厘米", "毫米"),
    Measure.TIME: ("天", "工作日", "月", "小时", "分钟", "周", "年", "秒"),
    Measure.MASS: ("吨", "公斤", "克"),
    Measure.COUNT: tuple("个项件处座台套次批份期篇场只头株棵条家所户"),
}
_MEASURE_OF = {name: measure for measure, names in _MEASURES.items() for name in names}
_TAIL = re.compile(r"(?:以上|以下|以内|之内|及以上|及以下|左右|内|整)+$")
_STOP = re.compile(r"[,;:。，；：、(（\[【≥≤<>=]")
_LONGEST = 12
_LONGEST_NAME = 200


def unit_of(after: str) -> tuple[Decimal, Unit]:
    """Return the multiplier and the unit in the text after a number; an unknown unit by name."""
    text = after.strip().lstrip("(（[【").rstrip(")）]】")
    text = _TAIL.sub("", _STOP.split(text, maxsplit=1)[0])
    multiplier = Decimal(1)
    for word, factor in _MULTIPLIERS:
        if text.startswith(word):
            multiplier, text = factor, text[len(word) :]
            break
    name = _one_spelling(text[:_LONGEST])
    return multiplier, Unit(name, _measure_of(name), multiplier)


def _one_spelling(text: str) -> str:
    if text.startswith(("%", "百分比", "个百分点", "百分点")):
        return "%"
    return _SAME.get(text.lower(), text)


def _measure_of(name: str) -> Measure | None:
    """Return what a unit measures; `元/人*月` is money, as its first part says."""
    return _MEASURE_OF.get(name) or _MEASURE_OF.get(re.split(r"[/每]", name, maxsplit=1)[0])


def are_alike(one: Unit, other: Unit) -> bool:
    """Tell whether two units may stand for one another; a unit left out is the other's.

    `50个项目` and `50个` are alike, `人` and `人次` are not.
    """
    if not one.name or not other.name or one.name == other.name:
        return True
    if {one.name, other.name} == {"人", "人次"}:
        return False
    return one.name.startswith(other.name) or other.name.startswith(one.name)


_NAMED = (
    (re.compile("效率|功率|频率|利率|汇率|速率|费率|税率|增长率|概率"), None),
    (re.compile("(?:率|比例|占比|比重|满意度|覆盖面)$"), {Measure.SHARE}),
    (re.compile("(?:人数|人口数?|人次数?|人员数量?|户数)$"), {Measure.PEOPLE, Measure.COUNT}),
    (re.compile("面积$"), {Measure.AREA}),
    (re.compile("(?:长度|里程|公里数)$"), {Measure.LENGTH}),
    (re.compile("(?:天数|时长|时间)$"), {Measure.TIME}),
    (re.compile("(?:金额|收入|产值|总投资|总成本|补贴资金)$"), {Measure.MONEY, Measure.SHARE}),
)
_REMARK = re.compile(r"[(（【\[].*$|[≥≤<>=]?\s*[\d.]+\s*%?$")


def contradicts(name: str, unit: Unit) -> bool:
    """Tell whether an indicator's name asks for another measure than its unit has."""
    if unit.measure is None:
        return False
    asked = _REMARK.sub("", name.strip()[:_LONGEST_NAME])
    for words, measures in _NAMED:
        if words.search(asked):
            return measures is not None and unit.measure not in measures
    return False
