"""Clues transferred: numbers, bodies and days; content apart, encrypted, and only if it must be."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class ClueRow(Base):
    """One clue without its content: no unit, no person, no project, no title."""

    __tablename__ = "clue"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    clue_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    sender: Mapped[str] = mapped_column(String(12))
    sender_post: Mapped[UUID | None]
    sender_name: Mapped[str]
    receiver: Mapped[str] = mapped_column(String(16))
    receiver_post: Mapped[UUID | None]
    receiver_name: Mapped[str]
    found_on: Mapped[date]
    document_number: Mapped[str] = mapped_column(String(120))
    transferred_on: Mapped[date | None]
    receipt_due_on: Mapped[date | None]
    receipt_number: Mapped[str] = mapped_column(String(120))
    receipted_on: Mapped[date | None]
    feedback_due_on: Mapped[date | None]
    handled_from: Mapped[date | None]
    feedback_number: Mapped[str] = mapped_column(String(120))
    fed_back_on: Mapped[date | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_clue_number", "region_code", "fiscal_year", "number", unique=True),
        Index(
            "uq_clue_document",
            "region_code",
            "sender",
            "document_number",
            unique=True,
            postgresql_where=text("document_number <> ''"),
        ),
        Index("ix_clue_order", "region_code", "clue_id"),
    )


class ClueContentRow(Base):
    """The restricted summary of a clue, sealed: nobody reads it in the database."""

    __tablename__ = "clue_content"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    clue_id: Mapped[UUID] = mapped_column(primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[str] = mapped_column(String(60))
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


def find_clue(
    session: Session, region: str, fiscal_year: int, clue_id: UUID, *, lock: bool = False
) -> ClueRow | None:
    """Return one clue, locked against change when `lock`."""
    query = select(ClueRow).where(
        ClueRow.region_code == region,
        ClueRow.fiscal_year == fiscal_year,
        ClueRow.clue_id == clue_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def find_clue_by_document(
    session: Session, region: str, sender: str, document_number: str
) -> ClueRow | None:
    """Return the clue a sender transferred under this number, once nobody else registers one."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"clue:{region}"})
    query = select(ClueRow).where(
        ClueRow.region_code == region,
        ClueRow.sender == sender,
        ClueRow.document_number == document_number,
    )
    return session.scalars(query).one_or_none()


def next_clue_number(session: Session, region: str, fiscal_year: int) -> str:
    """Return the next number of the year; the caller holds the region's lock."""
    taken = session.scalar(
        select(func.count())
        .select_from(ClueRow)
        .where(ClueRow.region_code == region, ClueRow.fiscal_year == fiscal_year)
    )
    return f"线索{fiscal_year}-{(taken or 0) + 1:03d}"
