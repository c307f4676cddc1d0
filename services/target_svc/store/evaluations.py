"""What came of earlier targets: the results of self-evaluations, as evaluation tells them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, SmallInteger, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.target_svc.store.base import Base
from services.target_svc.store.targets import TargetRow
from shared.db.base import RegionCode


class EvaluationResultRow(Base):
    """The self-evaluation of one target: score out of 100, grade, execution rate in %."""

    __tablename__ = "evaluation_result"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    grade: Mapped[str] = mapped_column(String(12))
    execution_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    quality_mark: Mapped[str] = mapped_column(String(12))


def result_of(session: Session, target: TargetRow) -> EvaluationResultRow | None:
    """Return what came of a target, `None` while nothing was told."""
    return session.get(
        EvaluationResultRow, (target.region_code, target.fiscal_year, target.target_id)
    )
