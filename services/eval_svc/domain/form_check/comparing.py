"""An indicator's target beside what was done: which way it counts, how far it went, was it missed.

Only what is certain is said. A text that is no single quantity or says itself that it is none
exactly, units that differ, and figures whose direction the form leaves open are not compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.form_check.form import IndicatorLine
from services.eval_svc.domain.form_check.printed import Figure, Quantity, figure_in, quantity_in
from services.eval_svc.domain.form_check.rules import REVERSE, IndicatorRule
from services.eval_svc.domain.form_check.units import Measure, are_alike
from shared.terms.vocabulary import Operator

_COST = re.compile("成本|费用|造价|投资")
_LESS_IS_BETTER = re.compile(
    "事故|投诉|信访量|死亡|发病率|违纪|违法|违规|差错|误差|缺陷|超标|损失|延误|返工|排放量|流失|逾期"
    "|漏报|误报|空置|闲置|能耗"
)
_EITHER_WAY = re.compile(
    "降低|下降|减少|压减|下调|节约|节省|控制率|挽回|化解|处置率|办结|查处|查办|治理|整改"
)
_TIMELY = re.compile("时效")
_SAME_SIZE = (Decimal("0.1"), Decimal(10))
_STRICT = frozenset({Operator.MORE_THAN, Operator.LESS_THAN})
_AT_MOST_ZERO = frozenset({Operator.AT_MOST, Operator.LESS_THAN, Operator.EQUAL})


@dataclass(frozen=True, slots=True)
class Compared:
    """A row read once: points, score, both quantities, the direction, and actual ÷ target."""

    row: IndicatorLine
    points: Decimal | None
    score: Figure | None
    target: Quantity | None
    actual: Quantity | None
    operator: Operator | None
    ratio: Decimal | None

    @property
    def is_missed(self) -> bool:
        """Tell whether the target is numerically missed for certain."""
        if self.operator is None or self.target is None or self.actual is None:
            return False
        if self.target.value == 0:
            counted = self.actual.value > 0 and are_alike(self.target.unit, self.actual.unit)
            return counted and self.operator in _AT_MOST_ZERO
        if self.ratio is None:
            return False
        if self.ratio == 1:
            return self.operator in _STRICT
        return (self.ratio > 1) == (self.operator in REVERSE)

    @property
    def has_full_marks(self) -> bool:
        """Tell whether the score printed reaches the weight."""
        return self.points is not None and self.score is not None and self.lost <= 0 < self.points

    @property
    def lost(self) -> Decimal:
        """How far the score printed lies below the weight; 0 where one of them is missing."""
        if self.points is None or self.score is None:
            return Decimal(0)
        return self.points - self.score.value

    def scored_by(self, rule: IndicatorRule) -> Decimal | None:
        """Return what a rule gives, unrounded; `None` where it has nothing to go by."""
        if self.points is None or self.operator is None or self.target is None:
            return None
        if self.ratio is None:
            return None
        value = self.target.value
        return rule(self.points, self.operator, value, value * self.ratio, self.row.level1)


def compare(row: IndicatorLine) -> Compared:
    """Read a row."""
    target, actual = quantity_in(row.target), quantity_in(row.actual)
    points = row.points
    return Compared(
        row,
        None if points is None else points.value,
        figure_in(row.score),
        target,
        actual,
        _direction(row, target),
        _ratio(target, actual),
    )


def _direction(row: IndicatorLine, target: Quantity | None) -> Operator | None:
    """Return how actual and target compare, or `None` where the form leaves it open.

    A sign on the target decides. Without one a cost, and what should stay away (accidents), is
    better when lower; a span of time may be meant either way.
    """
    if target is None:
        return None
    if target.operator is not None and target.operator is not Operator.EQUAL:
        return target.operator
    if target.unit.measure is Measure.TIME and _TIMELY.search(row.level2):
        return None
    if _EITHER_WAY.search(row.level3):
        return None
    if _LESS_IS_BETTER.search(row.level3) or _COST.search(f"{row.level1}{row.level2}"):
        return Operator.AT_MOST
    return Operator.EQUAL


def _ratio(target: Quantity | None, actual: Quantity | None) -> Decimal | None:
    """Return actual ÷ target, or `None` where they cannot be compared."""
    if target is None or actual is None or target.value <= 0:
        return None
    if target.is_about or actual.is_about:
        return None
    if not are_alike(target.unit, actual.unit) or is_slip(target, actual):
        return None
    lone_share = (target.unit.name == "%") != (actual.unit.name == "%")
    if lone_share and min(target.value, actual.value) <= 1:
        return None  # 100% beside a bare 1 may be the same figure
    return _nearer(target, actual)


def is_slip(target: Quantity, actual: Quantity) -> bool:
    """Tell whether 元 and 万元 (or 亩 and 万亩) stand side by side with figures that disagree."""
    if target.unit.multiplier == actual.unit.multiplier or target.value <= 0:
        return False
    return not _SAME_SIZE[0] <= _nearer(target, actual) <= _SAME_SIZE[1]


def _nearer(target: Quantity, actual: Quantity) -> Decimal:
    """Return actual ÷ target; a bare figure beside 万元 may be in 万元 too: the nearer counts."""
    ratio = actual.value / target.value
    if target.unit.multiplier == actual.unit.multiplier:
        return ratio
    for bare, other in ((actual, target), (target, actual)):
        if not bare.unit.name and bare.unit.multiplier == 1:
            factor = other.unit.multiplier
            scaled = ratio * factor if bare is actual else ratio / factor
            return min((ratio, scaled), key=lambda each: abs(each - 1))
    return ratio
