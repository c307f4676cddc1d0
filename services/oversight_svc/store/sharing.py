"""Requests for shared data and the grants they led to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class ShareRequestRow(Base):
    """What one body asks of another. `fiscal_year` is the year it was submitted in.

    `scope` holds fields by entry, budget years, units and projects (`ShareScope`). `unit_id` is
    under which unit the desk shows its tasks: the first it is about.
    """

    __tablename__ = "share_request"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    requester: Mapped[str] = mapped_column(String(12))
    provider: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str]
    basis: Mapped[str]
    scope: Mapped[dict[str, Any]]
    other_content: Mapped[str]
    wanted_until: Mapped[date]
    unit_id: Mapped[UUID]
    submitted_at: Mapped[datetime]
    submitted_by_name: Mapped[str]
    due_on: Mapped[date | None]
    provisional: Mapped[bool]
    pack_code: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str]

    __table_args__ = (
        Index("uq_share_request_number", "region_code", "number", unique=True),
        Index("ix_share_request_newest", "region_code", "request_id"),
        Index("ix_share_request_state", "region_code", "state", "request_id"),
    )


class ShareGrantRow(Base):
    """What was granted, narrower than or equal to what was asked; good through `expires_on`."""

    __tablename__ = "share_grant"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger)
    request_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(20))
    grantee: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str]
    scope: Mapped[dict[str, Any]]
    terms: Mapped[str]
    expires_on: Mapped[date]
    granted_at: Mapped[datetime]
    granted_by_name: Mapped[str]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_share_grant_request", "region_code", "request_id", unique=True),
        Index("ix_share_grant_grantee", "region_code", "grantee", "grant_id"),
    )


def find_share_request(
    session: Session, region: str, fiscal_year: int, request_id: UUID, *, lock: bool = False
) -> ShareRequestRow | None:
    """Return one request, locked against change when `lock`."""
    query = select(ShareRequestRow).where(
        ShareRequestRow.region_code == region,
        ShareRequestRow.fiscal_year == fiscal_year,
        ShareRequestRow.request_id == request_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def grant_of_request(session: Session, region: str, request_id: UUID) -> ShareGrantRow | None:
    """Return the grant a request led to."""
    query = select(ShareGrantRow).where(
        ShareGrantRow.region_code == region, ShareGrantRow.request_id == request_id
    )
    return session.scalars(query).one_or_none()
