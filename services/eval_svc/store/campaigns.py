"""Campaigns of self-evaluation, extensions of their due date, and telephone reminders."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.eval_svc.store.base import Base
from shared.db.base import RegionCode


class CampaignRow(Base):
    """The self-evaluation of one budget year, as it was opened first."""

    __tablename__ = "self_evaluation_campaign"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]


class ExtensionRow(Base):
    """A due date moved for some units, with its basis document; the old date stays visible."""

    __tablename__ = "self_evaluation_extension"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    extension_id: Mapped[UUID] = mapped_column(primary_key=True)
    self_evaluation_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    previous_due_on: Mapped[date]
    due_on: Mapped[date]
    document_number: Mapped[str]
    reason: Mapped[str]
    extended_at: Mapped[datetime]
    extended_by: Mapped[str]

    __table_args__ = (
        Index(
            "ix_self_evaluation_extension_of",
            "region_code",
            "fiscal_year",
            "self_evaluation_id",
            "extension_id",
        ),
    )


class ContactRow(Base):
    """One telephone reminder: when, whom, what was said."""

    __tablename__ = "self_evaluation_contact"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    contacted_at: Mapped[datetime]
    contacted_by: Mapped[str]
    person: Mapped[str] = mapped_column(String(200))
    note: Mapped[str]

    __table_args__ = (
        Index(
            "ix_self_evaluation_contact_unit", "region_code", "fiscal_year", "unit_id", "contact_id"
        ),
    )
