"""Automatic doubts beside a target in review: hints, never decisions.

SL21-5.1 (quantified), SL21-5.3 (matched with money), YC23-7.1 (quality beyond money).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.target_svc.domain.indicators import Indicator, is_number, number_of
from shared.money import ratio_percent
from shared.policy.model import TargetPolicy
from shared.terms.vocabulary import Operator

LARGE_CHANGE_PERCENT = Decimal(30)
"""Budget change against last year from which the reviewer is told: a habit, not a rule."""

VAGUE_WORDS = ("有所提高", "进一步", "显著", "不断", "较好", "良好", "明显改善")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt: a stable code, what it points at (`indicators.2.value`), and a sentence."""

    code: str
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ReviewedTarget:
    """What the doubts are computed from. Amounts in 元; `previous` is last year's, if any."""

    amount: Decimal
    previous_amount: Decimal | None
    indicators: Sequence[Indicator]
    previous_indicators: Sequence[Indicator]
    annual_goal: str
    has_money_note: bool


def find_doubts(policy: TargetPolicy, target: ReviewedTarget) -> list[Doubt]:
    """Return the doubts in the order a reviewer reads the form."""
    doubts = [*_money_doubts(policy, target)]
    for position, row in enumerate(target.indicators):
        doubts += _row_doubts(row, f"indicators.{position}")
    return doubts + _history_doubts(target)


def _money_doubts(policy: TargetPolicy, target: ReviewedTarget) -> list[Doubt]:
    doubts = []
    if target.previous_amount:
        change = ratio_percent(target.amount - target.previous_amount, target.previous_amount, 1)
        if change is not None and abs(change) >= LARGE_CHANGE_PERCENT:
            direction = "增加" if change > 0 else "减少"
            doubts.append(
                Doubt(
                    "large_change", "amount", f"预算比上年{direction} {abs(change)}%，请核对理由。"
                )
            )
    if target.amount >= policy.money_match_from and not target.has_money_note:
        doubts.append(
            Doubt(
                "no_money_note",
                "money_note",
                "金额较大而没有资金匹配说明，请核对目标与资金。",
            )
        )
    return doubts


def _row_doubts(row: Indicator, path: str) -> list[Doubt]:
    doubts = []
    text = f"{row.name}{row.value}"
    if row.operator is Operator.QUALITATIVE and any(word in text for word in VAGUE_WORDS):
        doubts.append(Doubt("vague", f"{path}.value", f"「{row.name}」的指标值含糊，难以考核。"))
    if row.level2 == "quantity" and row.operator is Operator.QUALITATIVE:
        doubts.append(
            Doubt(
                "quantity_not_quantified", f"{path}.operator", f"数量指标「{row.name}」没有量化。"
            )
        )
    if _is_below_history(row):
        doubts.append(
            Doubt(
                "below_history",
                f"{path}.value",
                f"「{row.name}」目标值 {row.value} 低于历史值 {row.history_value}，请核对。",
            )
        )
    return doubts


def _is_below_history(row: Indicator) -> bool:
    if row.operator not in (Operator.AT_LEAST, Operator.MORE_THAN, Operator.EQUAL):
        return False
    if not (is_number(row.value) and is_number(row.history_value)):
        return False
    return number_of(row.value) < number_of(row.history_value)


def _history_doubts(target: ReviewedTarget) -> list[Doubt]:
    if not target.previous_indicators or not target.indicators:
        return []
    old = {
        (row.name.strip(), row.operator, row.value.strip()) for row in target.previous_indicators
    }
    new = {(row.name.strip(), row.operator, row.value.strip()) for row in target.indicators}
    if new != old:
        return []
    return [Doubt("same_as_last_year", "indicators", "指标与上年完全相同，请核对是否照抄上年。")]
