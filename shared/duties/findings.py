"""Where the findings stand that came of problems referred from duties, as oversight tells of them.

Y25-6.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import RegionCode
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.terms.vocabulary import FindingSource


class FindingCopyColumns:
    """A finding as oversight last told of it, under the source and key it was referred by."""

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


Copy = TypeVar("Copy", bound=FindingCopyColumns)


def finding_copies(
    session: Session,
    row: type[Copy],
    region: str,
    fiscal_year: int,
    source: FindingSource,
    keys: Sequence[str],
) -> Mapping[str, Copy]:
    """Return key → finding for those of `keys` that oversight has registered already."""
    query = select(row).where(
        row.region_code == region,
        row.fiscal_year == fiscal_year,
        row.source == source.value,
        row.source_key.in_(keys),
    )
    return {each.source_key: each for each in session.scalars(query)} if keys else {}


def keep_copy(
    uow: UnitOfWork, row: type[FindingCopyColumns], source: FindingSource, event: Event
) -> None:
    """Keep the newest state; findings of other sources and older versions change nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    if data["source"] != source:
        return
    subject = event.subject
    key = (subject.region, subject.fiscal_year, data["source"], data["source_key"])
    copy = uow.session.get(row, key)
    if copy is None:
        copy = row()
        copy.region_code, copy.fiscal_year, copy.source, copy.source_key = key
        copy.finding_id = subject.id
        uow.session.add(copy)
    elif copy.version >= subject.version:
        return
    copy.version = subject.version
    copy.number = data["number"]
    copy.state = data["state"]
    copy.due_on = data["due_on"]
    copy.closed_on = data["closed_on"]
