"""This service's copy of projects, and the treasury's payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.monitor_svc.store.base import Base
from shared.db.base import RegionCode
from shared.duties.projects import ProjectCopyColumns


class ProjectCopyRow(ProjectCopyColumns, Base):
    """This service's copy of a project."""

    __tablename__ = "project_copy"

    __table_args__ = (
        Index("uq_project_copy_code", "region_code", "fiscal_year", "code", unique=True),
        Index("ix_project_copy_unit", "region_code", "fiscal_year", "unit_id"),
    )


class PaymentRow(Base):
    """One treasury payment in 元, known by its voucher number."""

    __tablename__ = "payment"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    voucher_number: Mapped[str] = mapped_column(String(40), primary_key=True)
    project_id: Mapped[UUID]
    amount: Mapped[Decimal]
    paid_on: Mapped[date]
    payee: Mapped[str]
    batch_id: Mapped[UUID]

    __table_args__ = (
        Index("ix_payment_project", "region_code", "fiscal_year", "project_id", "paid_on"),
        Index("ix_payment_day", "region_code", "fiscal_year", "paid_on"),
    )


class PaymentBatchRow(Base):
    """One treasury file taken in, with what came of it."""

    __tablename__ = "payment_batch"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    filename: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    first_paid_on: Mapped[date]
    last_paid_on: Mapped[date]
    added: Mapped[int]
    corrected: Mapped[int]
    unchanged: Mapped[int]
    total: Mapped[Decimal]
    differences: Mapped[list[dict[str, Any]]]


def find_project_copy(
    session: Session, region: str, fiscal_year: int, project_id: UUID
) -> ProjectCopyRow | None:
    """Return the copy of one project."""
    return session.get(ProjectCopyRow, (region, fiscal_year, project_id))


def executed_until(
    session: Session, region: str, fiscal_year: int, project_id: UUID, last_day: date
) -> Decimal:
    """Return what a project has paid up to and including `last_day`, in 元."""
    query = select(func.coalesce(func.sum(PaymentRow.amount), Decimal("0.00"))).where(
        PaymentRow.region_code == region,
        PaymentRow.fiscal_year == fiscal_year,
        PaymentRow.project_id == project_id,
        PaymentRow.paid_on <= last_day,
    )
    return Decimal(session.execute(query).scalar_one())
