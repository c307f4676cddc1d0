"""History of policy activations and calendar changes: their numbers order the events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Integer, SmallInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class PolicyActivationRow(Base):
    """One activation of a pack for a region and budget year (0: every year)."""

    __tablename__ = "policy_activation"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]]
    basis: Mapped[str]
    activated_on: Mapped[date]
    activated_at: Mapped[datetime]
    activated_by: Mapped[str]


class CalendarChangeRow(Base):
    """One notice entered into the working-day calendar."""

    __tablename__ = "calendar_change"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    source_document: Mapped[str]
    days: Mapped[list[dict[str, Any]]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


def policy_aggregate(region: str, fiscal_year: int) -> UUID:
    """Return the identity of a region and year's policy; activations are its versions."""
    return uuid5(NAMESPACE_URL, f"wenxiao:policy:{region}:{fiscal_year}")


def calendar_aggregate(region: str) -> UUID:
    """Return the identity of a region's working-day calendar."""
    return uuid5(NAMESPACE_URL, f"wenxiao:calendar:{region}")


def next_activation_number(session: Session, region: str, fiscal_year: int) -> int:
    """Return the number of the next activation, counted from 1."""
    query = select(func.coalesce(func.max(PolicyActivationRow.number), 0)).where(
        PolicyActivationRow.region_code == region,
        PolicyActivationRow.fiscal_year == fiscal_year,
    )
    return int(session.execute(query).scalar_one()) + 1


def next_calendar_number(session: Session, region: str) -> int:
    """Return the number of the next calendar change, counted from 1."""
    query = select(func.coalesce(func.max(CalendarChangeRow.number), 0)).where(
        CalendarChangeRow.region_code == region
    )
    return int(session.execute(query).scalar_one()) + 1
