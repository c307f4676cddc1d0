"""The records that can be shared, version by version, and what names their projects.

A new version of a record never changes an old one: it is a row of its own, and the old one learns
at which position it was superseded. So «as of a position» is a snapshot that stays the same for as
long as somebody pulls from it, and costs nothing to keep. Positions are given in order of writing,
not of commit: whoever takes a snapshot waits for the writers under way (`close_snapshot`), which
hold `write_lock` together and never wait for one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    SmallInteger,
    String,
    and_,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class SharedProjectRow(Base):
    """A project as the target service tells of it: the names shared records carry."""

    __tablename__ = "shared_project"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    code: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    unit_id: Mapped[UUID]

    __table_args__ = (Index("ix_shared_project_code", "region_code", "code"),)


class SharedRecordRow(Base):
    """One version of one record: `content` in canonical form with its `digest`."""

    __tablename__ = "shared_record"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    entry: Mapped[str] = mapped_column(String(20))
    fiscal_year: Mapped[int] = mapped_column(SmallInteger)
    record_id: Mapped[UUID]
    record_version: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[UUID]
    project_id: Mapped[UUID | None]
    content: Mapped[str]
    digest: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]
    superseded_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_shared_record_pull", "region_code", "entry", "position"),
        Index(
            "uq_shared_record_latest",
            "region_code",
            "entry",
            "record_id",
            unique=True,
            postgresql_where=text("superseded_by is null"),
        ),
        Index("ix_shared_record_project", "region_code", "project_id", "entry", "position"),
    )


def _lock_name(region: str) -> str:
    return f"shared_record:{region}"


def write_lock(session: Session, region: str) -> None:
    """Say until the end of the transaction that shared records are being written."""
    statement = text("select pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
    session.execute(statement, {"name": _lock_name(region)})


def close_snapshot(session: Session, region: str) -> int:
    """Wait for the writers under way; return the position up to which everything is committed."""
    statement = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(statement, {"name": _lock_name(region)})
    query = select(func.max(SharedRecordRow.position)).where(SharedRecordRow.region_code == region)
    return session.scalar(query) or 0


def latest_version(
    session: Session, region: str, entry: str, record_id: UUID
) -> SharedRecordRow | None:
    """Return the newest version of a record, locked."""
    query = (
        select(SharedRecordRow)
        .where(
            SharedRecordRow.region_code == region,
            SharedRecordRow.entry == entry,
            SharedRecordRow.record_id == record_id,
            SharedRecordRow.superseded_by.is_(None),
        )
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def next_position(session: Session) -> int:
    """Return a position nobody else gets."""
    name = func.pg_get_serial_sequence(SharedRecordRow.__tablename__, "position")
    return int(session.execute(select(func.nextval(name))).scalar_one())


def in_snapshot(watermark: int) -> ColumnElement[bool]:
    """Return the condition that a version is the newest as of `watermark`."""
    later = or_(SharedRecordRow.superseded_by.is_(None), SharedRecordRow.superseded_by > watermark)
    return and_(SharedRecordRow.position <= watermark, later)


def project_by_code(session: Session, region: str, years: Sequence[int], code: str) -> UUID | None:
    """Return the project of that code, the newest of the years named."""
    query = (
        select(SharedProjectRow.project_id)
        .where(
            SharedProjectRow.region_code == region,
            SharedProjectRow.code == code,
            SharedProjectRow.fiscal_year.in_(years),
        )
        .order_by(SharedProjectRow.fiscal_year.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()
