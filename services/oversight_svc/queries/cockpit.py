"""Findings at a glance: every budget year that has some, by standing, with what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ledger import Standing
from services.oversight_svc.queries.ledger import TOTAL_COLUMNS, Total
from services.oversight_svc.queries.ledger_filters import (
    Asked,
    conditions,
    is_overdue,
    same_unit,
    standing_column,
)
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.money import ratio_percent


@dataclass(frozen=True, slots=True)
class YearOfFindings:
    """The findings of one budget year by standing; `overdue` of them are open past their date."""

    fiscal_year: int
    figures: Mapping[Standing, Total]
    overdue: int

    @property
    def whole(self) -> Total:
        """All of them."""
        return sum(self.figures.values(), Total())

    @property
    def rectified_share(self) -> Decimal | None:
        """How many of them were put right, in %."""
        rectified = self.of(Standing.RECTIFIED)
        return ratio_percent(Decimal(rectified.count), Decimal(self.whole.count))

    def of(self, standing: Standing) -> Total:
        """Return the figures of one standing."""
        return self.figures.get(standing, Total())


def findings_by_year(session: Session, actor: Actor, asked: Asked) -> Sequence[YearOfFindings]:
    """Return one line for each budget year, the newest first: one grouped query."""
    standing = standing_column().label("standing")
    overdue = func.count().filter(is_overdue(asked.today)).label("overdue")
    query = (
        select(FindingRow.fiscal_year, standing, overdue, *TOTAL_COLUMNS)
        .join(UnitRow, same_unit())
        .where(*conditions(actor, asked))
        .group_by(FindingRow.fiscal_year, standing)
        .order_by(FindingRow.fiscal_year.desc())
    )
    figures: dict[int, dict[Standing, Total]] = {}
    late: dict[int, int] = {}
    for row in session.execute(query):
        total = Total(row.count_, row.amount_, row.rectified_)
        figures.setdefault(row.fiscal_year, {})[Standing(row.standing)] = total
        late[row.fiscal_year] = late.get(row.fiscal_year, 0) + row.overdue
    return [YearOfFindings(year, found, late[year]) for year, found in figures.items()]
