"""Projects as the target service tells of them: what duties are about."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import RegionCode
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY


class ProjectCopyColumns:
    """A project as the target service tells of it; amounts in 元."""

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    code: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    unit_id: Mapped[UUID]
    budget_book: Mapped[str] = mapped_column(String(20))
    flags: Mapped[list[str]]
    owner_name: Mapped[str]
    initial_amount: Mapped[Decimal]
    adjusted_amount: Mapped[Decimal]
    state: Mapped[str] = mapped_column(String(12))


COPIED = (
    "code",
    "name",
    "unit_id",
    "budget_book",
    "flags",
    "owner_name",
    "initial_amount",
    "adjusted_amount",
    "state",
)


def keep_project(uow: UnitOfWork, row: type[ProjectCopyColumns], event: Event) -> None:
    """Add or replace the copy; an older version than the one kept changes nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    subject = event.subject
    key = (subject.region, subject.fiscal_year, subject.id)
    copy = uow.session.get(row, key)
    if copy is None:
        copy = row()
        copy.region_code, copy.fiscal_year, copy.project_id = key
        uow.session.add(copy)
    elif copy.version >= subject.version:
        return
    copy.version = subject.version
    for name in COPIED:
        setattr(copy, name, data[name])
