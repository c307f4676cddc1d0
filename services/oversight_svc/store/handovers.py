"""Handovers of posts and the tenure of units' heads: both are kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class HandoverRow(Base):
    """A confirmed handover: who gave what to whom, with the signed 移交单.

    `items` are the open items on that day; names are kept as they were.
    """

    __tablename__ = "handover"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    handover_id: Mapped[UUID] = mapped_column(primary_key=True)
    post_id: Mapped[UUID]
    post_name: Mapped[str]
    from_names: Mapped[str]
    to_account: Mapped[UUID]
    to_name: Mapped[str]
    effective_on: Mapped[date]
    printed_code: Mapped[str] = mapped_column(String(8))
    present_code: Mapped[str] = mapped_column(String(8))
    scan_digest: Mapped[str] = mapped_column(String(64))
    scan_name: Mapped[str]
    open_count: Mapped[int]
    overdue_count: Mapped[int]
    items: Mapped[list[dict[str, Any]]]
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmer_name: Mapped[str]

    __table_args__ = (
        Index("ix_handover_post", "region_code", "post_id", "confirmed_at"),
        ForeignKeyConstraint(["region_code", "post_id"], ["post.region_code", "post.post_id"]),
    )


class UnitHeadRow(Base):
    """Who headed a unit from when to when (SL21-R2: accountable for life).

    `started_on` is empty for a head who was in office before anybody recorded it.
    """

    __tablename__ = "unit_head"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    tenure_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    name: Mapped[str]
    title: Mapped[str]
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    document_number: Mapped[str]
    recorded_at: Mapped[datetime]
    recorder_name: Mapped[str]

    __table_args__ = (Index("ix_unit_head_unit", "region_code", "unit_id", "recorded_at"),)


def heads_of(session: Session, region: str, unit_id: UUID) -> Sequence[UnitHeadRow]:
    """Return who headed a unit, the present one first."""
    query = (
        select(UnitHeadRow)
        .where(UnitHeadRow.region_code == region, UnitHeadRow.unit_id == unit_id)
        .order_by(
            UnitHeadRow.started_on.desc().nulls_last(),
            UnitHeadRow.recorded_at.desc(),
            UnitHeadRow.tenure_id,
        )
    )
    return session.scalars(query).all()
