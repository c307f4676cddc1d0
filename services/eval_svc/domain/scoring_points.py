"""How a form divides its points among first-level groups, beside what its scheme says.

YC23-5.1; 财预〔2020〕10号 lets the points be adjusted in special cases, so a difference is shown to
whoever reviews the form and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.money import number_text as _n
from shared.policy.scoring import ScoringScheme
from shared.terms import labels

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LevelShare:
    """Points the groups `levels` have on a form together, and by the scheme."""

    levels: tuple[str, ...]
    given: Decimal
    usual: Decimal

    @property
    def sentence(self) -> str:
        """The two figures in words."""
        names = labels("indicator_level1")
        groups = "和".join(names.get(code, "未分类指标") for code in self.levels)
        return f"{groups}分值合计{_n(self.given)}分，评分方案为{_n(self.usual)}分。"

    def as_data(self) -> dict[str, Any]:
        """Return it in JSON form."""
        return {
            "levels": list(self.levels),
            "given": _n(self.given),
            "usual": _n(self.usual),
            "differs": self.given != self.usual,
            "sentence": self.sentence,
        }


def compare_points(scheme: ScoringScheme, rows: Sequence[tuple[str, Decimal]]) -> list[LevelShare]:
    """Return both divisions of the points; `rows` are (first-level group, points) of a form."""
    used = {level for level, _ in rows}
    usual = scheme.points_for(used)
    found = [LevelShare(row.levels, _sum(rows, row.levels), row.points) for row in usual]
    known = {level for row in usual for level in row.levels}
    found += [
        LevelShare((level,), _sum(rows, (level,)), NOTHING)
        for level in dict.fromkeys(level for level, _ in rows)
        if level not in known
    ]
    return found


def _sum(rows: Sequence[tuple[str, Decimal]], levels: tuple[str, ...]) -> Decimal:
    return sum((points for level, points in rows if level in levels), NOTHING)
