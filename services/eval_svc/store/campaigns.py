"""Campaigns of self-evaluation, extensions of their due date, and telephone reminders."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.eval_svc.store.base import Base
from shared.db.base import RegionCode
from shared.duties.tables import ContactColumns, ExtensionColumns


class CampaignRow(Base):
    """The self-evaluation of one budget year, as it was opened first."""

    __tablename__ = "self_evaluation_campaign"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]


class ExtensionRow(ExtensionColumns, Base):
    """A due date moved for some units, with its basis document; the old date stays visible."""

    __tablename__ = "self_evaluation_extension"

    self_evaluation_id: Mapped[UUID]

    __table_args__ = (
        Index(
            "ix_self_evaluation_extension_of",
            "region_code",
            "fiscal_year",
            "self_evaluation_id",
            "extension_id",
        ),
    )


class ContactRow(ContactColumns, Base):
    """One telephone reminder: when, whom, what was said."""

    __tablename__ = "self_evaluation_contact"

    person: Mapped[str] = mapped_column(String(200))

    __table_args__ = (
        Index(
            "ix_self_evaluation_contact_unit", "region_code", "fiscal_year", "unit_id", "contact_id"
        ),
    )
