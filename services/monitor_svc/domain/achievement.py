"""How far a report's indicators have come as one figure: the second axis of 双监控.

Y25-4.1, SL21-6.1.

Like the lights it is held against what was due by the as-of day, so that a report on plan stands
at 100 on both axes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared.money import round_half_up
from shared.terms.vocabulary import Light

FULL = Decimal(100)
_BY_LIGHT = {
    Light.BLUE: FULL,
    Light.GREEN: FULL,
    Light.YELLOW: Decimal(50),
    Light.RED: Decimal(0),
}


@dataclass(frozen=True, slots=True)
class LitRow:
    """An indicator's weight, its progress in % of what was due (where there is one), its light."""

    weight: Decimal
    progress: Decimal | None
    light: Light


def achievement_percent(rows: Iterable[LitRow], places: int = 2) -> Decimal | None:
    """Return the weighted achievement in % of what was due; `None` while nothing can be judged.

    Over-fulfilment of one indicator does not make up for another, so each counts at most 100.
    Without progress the light decides: green 100, yellow 50, red 0. Rows not filled are left out;
    where no weight is given all weigh the same.
    """
    judged = [row for row in rows if row.light is not Light.NONE]
    if not judged:
        return None
    weights = [row.weight for row in judged]
    if not any(weights):
        weights = [Decimal(1)] * len(judged)
    total = sum(
        (weight * _share(row) for weight, row in zip(weights, judged, strict=True)), Decimal(0)
    )
    return round_half_up(total / sum(weights), places)


def _share(row: LitRow) -> Decimal:
    if row.progress is None:
        return _BY_LIGHT[row.light]
    return max(Decimal(0), min(row.progress, FULL))
