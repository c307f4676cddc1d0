"""Items of the annual plans of finance and audit, and what was agreed where two overlap."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.domain.annual_plan import PlannedWork
from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class PlanItemRow(Base):
    """One planned piece of work of one office; `withdrawn_on` takes it off the board, not away."""

    __tablename__ = "plan_item"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    side: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(30))
    kind_note: Mapped[str]
    unit_id: Mapped[UUID]
    project_id: Mapped[UUID | None]
    project_name: Mapped[str]
    title: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    document_number: Mapped[str]
    enterer_name: Mapped[str]
    changed_at: Mapped[datetime]
    withdrawn_on: Mapped[date | None]

    __table_args__ = (Index("ix_plan_item_unit", "region_code", "fiscal_year", "unit_id"),)


class PlanCoordinationRow(Base):
    """What the two offices agreed about one overlap, as it stands; the trail keeps every note."""

    __tablename__ = "plan_coordination"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finance_item_id: Mapped[UUID] = mapped_column(primary_key=True)
    audit_item_id: Mapped[UUID] = mapped_column(primary_key=True)
    coordination_id: Mapped[UUID]
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    note: Mapped[str]
    side: Mapped[str] = mapped_column(String(10))
    noter_name: Mapped[str]
    noted_at: Mapped[datetime]


def find_plan_item(
    session: Session, region: str, fiscal_year: int, item_id: UUID, *, lock: bool = False
) -> PlanItemRow | None:
    """Return one item, locked against change when `lock`."""
    query = select(PlanItemRow).where(
        PlanItemRow.region_code == region,
        PlanItemRow.fiscal_year == fiscal_year,
        PlanItemRow.item_id == item_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def plan_item_years(session: Session, region: str, item_id: UUID) -> dict[int, PlanItemRow]:
    """Return the rows of an item by budget year, locked: it may have been moved to another."""
    query = (
        select(PlanItemRow)
        .where(PlanItemRow.region_code == region, PlanItemRow.item_id == item_id)
        .with_for_update()
    )
    return {row.fiscal_year: row for row in session.scalars(query)}


def work_of(row: PlanItemRow) -> PlannedWork:
    """Return an item as the overlap sees it."""
    return PlannedWork(row.unit_id, row.project_id, row.starts_on, row.ends_on)
