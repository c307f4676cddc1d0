"""The desk's copy of every service's tasks, fed by their events."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class DeskTaskRow(Base):
    """One task somewhere in the system; `source` is the service that keeps it."""

    __tablename__ = "desk_task"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    source: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str]
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(40))
    tab: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    provisional: Mapped[bool]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_desk_task_open",
            "region_code",
            "role",
            "tab",
            "due_on",
            "task_id",
            postgresql_where=text("closed_at is null"),
        ),
        Index("ix_desk_task_done", "region_code", "closed_by", "closed_at", "task_id"),
        Index("ix_desk_task_unit", "region_code", "unit_id"),
        Index(
            "ix_desk_task_late",
            "region_code",
            "fiscal_year",
            "kind",
            "due_on",
            "task_id",
            postgresql_where=text("closed_at is null"),
        ),
    )


def find_desk_task(
    session: Session, region: str, fiscal_year: int, task_id: UUID
) -> DeskTaskRow | None:
    """Return the desk's copy of a task."""
    query = select(DeskTaskRow).where(
        DeskTaskRow.region_code == region,
        DeskTaskRow.fiscal_year == fiscal_year,
        DeskTaskRow.task_id == task_id,
    )
    return session.scalars(query).one_or_none()
