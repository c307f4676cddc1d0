"""The funds table of a self-evaluation: which rows it has, its sums, and figures in a wrong unit.

Y25-5.4. Units keep typing 元 where the form says 万元; such a figure is ten thousand times another
one that is known, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.money import YUAN_PER_WAN, sum_yuan, wan_from_yuan
from shared.terms.vocabulary import SelfEvaluationKind

_TOLERANCE = Decimal("0.2")
_BEYOND = Decimal(1000)


class FundSource(StrEnum):
    """A row of the funds table."""

    FISCAL = "fiscal"
    CARRY_OVER = "carry_over"
    OTHER = "other"
    BASIC = "basic"
    PROJECT = "project"


SOURCES = {
    SelfEvaluationKind.PROJECT: (FundSource.FISCAL, FundSource.CARRY_OVER, FundSource.OTHER),
    SelfEvaluationKind.DEPT_OVERALL: (FundSource.BASIC, FundSource.PROJECT),
}
"""The rows each kind of form has, in order; the total is never typed."""


@dataclass(frozen=True, slots=True)
class Fund:
    """One row; amounts in 元: at the year's beginning, adjusted, and spent in the whole year."""

    source: str
    initial: Decimal
    budget: Decimal
    executed: Decimal


def total_fund(rows: Iterable[Fund]) -> Fund:
    """Return the row 年度资金总额."""
    kept = list(rows)
    return Fund(
        "total",
        sum_yuan(row.initial for row in kept),
        sum_yuan(row.budget for row in kept),
        sum_yuan(row.executed for row in kept),
    )


def unit_doubt(value: Decimal, reference: Decimal) -> str | None:
    """Return what to do about `value` (元) that looks like `reference` in a wrong unit.

    元 and 万元 are mixed up when the figures differ by a factor of about 10,000; a figure more than
    a thousand times the other cannot be right either.
    """
    if value <= 0 or reference <= 0:
        return None
    shown = f"填报{wan_from_yuan(value)}万元，参照数为{wan_from_yuan(reference)}万元"
    if is_ten_thousandfold(value, reference) or value >= reference * _BEYOND:
        return f"{shown}，相差约一万倍：可能把「元」当作「万元」填写，请改正。"
    if is_ten_thousandfold(reference, value):
        return f"{shown}，相差约一万倍：可能把「万元」当作「元」填写，请改正。"
    return None


def is_ten_thousandfold(value: Decimal, reference: Decimal) -> bool:
    """Tell whether `value` is about ten thousand times `reference`; both above 0."""
    return abs(value / YUAN_PER_WAN / reference - 1) <= _TOLERANCE
