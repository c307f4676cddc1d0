"""What was delivered under a grant: each pull or package, page by page, and its receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode

WHOLE = 0
"""The number of the page that stands for a whole package."""


class DeliveryRow(Base):
    """One pull from a snapshot: what it sees is everything recorded up to `watermark`.

    With `project_id` it is the evidence of that project, every version of its records included.
    `receipt` holds the chain digest of each entry as the receiver reckoned it.
    """

    __tablename__ = "share_delivery"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID]
    watermark: Mapped[int] = mapped_column(BigInteger)
    page_size: Mapped[int]
    project_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None]
    opened_by_name: Mapped[str]
    received_at: Mapped[datetime | None]
    received_by_name: Mapped[str]
    receipt: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_share_delivery_grant", "region_code", "grant_id", "delivery_id"),
        ForeignKeyConstraint(
            ["region_code", "grant_id"], ["share_grant.region_code", "share_grant.grant_id"]
        ),
    )


class DeliveryPageRow(Base):
    """One page given out: its purpose, who asked, how many records, and the chain up to it.

    `last_position` is where the next page goes on, none on the last one.
    """

    __tablename__ = "share_delivery_page"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    requester_name: Mapped[str]
    records: Mapped[int]
    chain: Mapped[str] = mapped_column(String(80))
    last_position: Mapped[int | None] = mapped_column(BigInteger)
    first_sent_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    times_sent: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(
            ["region_code", "delivery_id"],
            ["share_delivery.region_code", "share_delivery.delivery_id"],
        ),
    )


def find_page(
    session: Session, delivery: DeliveryRow, entry: str, number: int
) -> DeliveryPageRow | None:
    """Return one page that was given out already."""
    key = (delivery.region_code, delivery.delivery_id, entry, number)
    return session.get(DeliveryPageRow, key)


def last_pages(session: Session, delivery: DeliveryRow) -> dict[str, str]:
    """Return entry → chain of what was delivered to its end, by pages or as a package."""
    query = (
        select(DeliveryPageRow.entry, DeliveryPageRow.chain)
        .where(
            DeliveryPageRow.region_code == delivery.region_code,
            DeliveryPageRow.delivery_id == delivery.delivery_id,
            DeliveryPageRow.last_position.is_(None),
        )
        .order_by(DeliveryPageRow.entry)
    )
    return dict(session.execute(query).all())
