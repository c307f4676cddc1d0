"""Whether two findings are likely one and the same (finance and audit often see the same thing).

A habit of the office, not a demand of a text: it proposes, people merge.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

LIKELY = 55
"""Points out of 100 from which two findings are shown as possibly the same."""
_TITLE_POINTS, _PROJECT_POINTS, _AMOUNT_POINTS = 60, 20, 20
_CLOSE_AMOUNT = Decimal("0.01")
_STRETCH = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared; `amount` in 元."""

    unit_id: UUID
    project_id: UUID | None
    project_name: str
    title: str
    amount: Decimal | None


def likeness(one: Likeness, other: Likeness) -> int:
    """Return 0 to 100: titles by their pairs of characters, the project, the amount.

    Findings of different units about different projects are never alike.
    """
    same_project = _same_project(one, other)
    if one.unit_id != other.unit_id and not same_project:
        return 0
    points = Decimal(_TITLE_POINTS) * _overlap(_pairs(one.title), _pairs(other.title))
    if same_project:
        points += _PROJECT_POINTS
    if _same_amount(one.amount, other.amount):
        points += _AMOUNT_POINTS
    return int(points)


def _same_project(one: Likeness, other: Likeness) -> bool:
    if one.project_id is not None and one.project_id == other.project_id:
        return True
    return bool(one.project_name.strip()) and one.project_name.strip() == other.project_name.strip()


def _same_amount(one: Decimal | None, other: Decimal | None) -> bool:
    if not one or not other:
        return False
    return abs(one - other) <= max(one, other) * _CLOSE_AMOUNT


def _overlap(one: frozenset[str], other: frozenset[str]) -> Decimal:
    """Return twice what both have over what each has (Dice), 0 to 1."""
    if not one or not other:
        return Decimal(0)
    return Decimal(2 * len(one & other)) / (len(one) + len(other))


def _pairs(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    return frozenset(
        stretch[at : at + 2]
        for stretch in _STRETCH.findall(plain)
        for at in range(max(1, len(stretch) - 1))
    )
