"""The trail: every act, append-only, sealed into a chain after it is committed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import FrameBase, RegionCode


class TrailRow(FrameBase):
    """One act, written in its own transaction; the seal columns are filled by the sealer, once."""

    __tablename__ = "trail"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(RegionCode)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    post_name: Mapped[str]
    act: Mapped[str] = mapped_column(String(100))
    object_kind: Mapped[str] = mapped_column(String(50))
    object_id: Mapped[UUID]
    object_title: Mapped[str]
    unit_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    comment: Mapped[str]
    correlation_id: Mapped[str]
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    digest: Mapped[str | None]

    __table_args__ = (
        Index("ix_trail_object", "object_id", "at"),
        Index("ix_trail_region", "region_code", "fiscal_year", "record_id"),
        Index("ix_trail_region_all", "region_code", "record_id"),
        Index("ix_trail_unsealed", "record_id", postgresql_where=text("position is null")),
    )


class TrailHeadRow(FrameBase):
    """A signed head of the chain: after `position` records the chain's digest is `digest`."""

    __tablename__ = "trail_head"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    algorithm: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[str]
    signature: Mapped[str]
    signed_at: Mapped[datetime]
