"""What competent bodies decided about units, as oversight tells it (YC23-6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.target_svc.store.base import Base
from services.target_svc.store.projects import ProjectRow
from shared.db.base import RegionCode

BUDGET_MEASURES = ("budget_deduction", "stop_disbursement")
"""What a decision may mean for money; the other measures are no matter of the budget."""


class UnitDecisionRow(Base):
    """The decision in force on one unit in one accountability case."""

    __tablename__ = "unit_decision"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    measures: Mapped[list[str]]
    document_number: Mapped[str]
    decided_on: Mapped[date]

    __table_args__ = (Index("ix_unit_decision_unit", "region_code", "unit_id", "decided_on"),)


def decisions_for(session: Session, project: ProjectRow) -> Sequence[UnitDecisionRow]:
    """Return the decisions to be heeded when the project's budget is made.

    Those that touch money, about earlier budget years, decided in the year before it or later.
    """
    row = UnitDecisionRow
    query = (
        select(row)
        .where(
            row.region_code == project.region_code,
            row.unit_id == project.unit_id,
            row.fiscal_year < project.fiscal_year,
            row.decided_on >= date(project.fiscal_year - 1, 1, 1),
            or_(*(row.measures.has_key(measure) for measure in BUDGET_MEASURES)),
        )
        .order_by(row.decided_on, row.case_id)
    )
    return session.scalars(query).all()
