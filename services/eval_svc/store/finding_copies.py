"""This service's copy of where the findings stand that it referred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.eval_svc.store.base import Base
from shared.db.base import RegionCode


class FindingCopyRow(Base):
    """A finding as oversight last told of it, under the source and key it was referred by."""

    __tablename__ = "finding_copy"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    source_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    finding_id: Mapped[UUID]
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None]
    closed_on: Mapped[date | None]


def finding_copies(
    session: Session, region: str, fiscal_year: int, source: str, keys: Sequence[str]
) -> Mapping[str, FindingCopyRow]:
    """Return key → finding for those of `keys` that oversight has registered already."""
    query = select(FindingCopyRow).where(
        FindingCopyRow.region_code == region,
        FindingCopyRow.fiscal_year == fiscal_year,
        FindingCopyRow.source == source,
        FindingCopyRow.source_key.in_(keys),
    )
    return {row.source_key: row for row in session.scalars(query)} if keys else {}
