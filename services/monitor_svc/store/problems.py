"""Problems of monitoring reports that were handed to oversight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.monitor_svc.store.base import Base
from services.monitor_svc.store.reports import ReportRow
from shared.db.base import RegionCode


class ReportProblemRow(Base):
    """One problem as it was referred; `number` counts a report's, amount in 元; never changed."""

    __tablename__ = "report_problem"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    category: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal | None]
    basis: Mapped[str]
    referred_at: Mapped[datetime]
    referred_by: Mapped[UUID | None]
    referrer_name: Mapped[str]

    @property
    def source_key(self) -> str:
        """What names this problem among the findings that come from monitoring."""
        return f"{self.report_id}:{self.number}"


def report_problems(session: Session, report: ReportRow) -> Sequence[ReportProblemRow]:
    """Return the problems of a report that were referred, the first one first."""
    query = (
        select(ReportProblemRow)
        .where(
            ReportProblemRow.region_code == report.region_code,
            ReportProblemRow.fiscal_year == report.fiscal_year,
            ReportProblemRow.report_id == report.report_id,
        )
        .order_by(ReportProblemRow.number)
    )
    return session.scalars(query).all()
