"""Open and closed tasks of one service."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import FrameBase, RegionCode


class TaskRow(FrameBase):
    """One piece of work for a role within the scope of a unit.

    The row keeps the first due date, so an extension never hides what was due before.
    """

    __tablename__ = "task"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
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
    outcome: Mapped[str | None]
    closed_by: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_task_subject_open", "subject_id", postgresql_where=text("closed_at is null")),
        Index(
            "ix_task_open",
            "region_code",
            "role",
            "due_on",
            "task_id",
            postgresql_where=text("closed_at is null"),
        ),
    )
