"""The indicator library: list with used-by counts, and the search of the picker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.target_svc.store.library import LibraryIndicatorRow
from services.target_svc.store.targets import TargetIndicatorRow
from shared.access.actor import Actor
from shared.web.paging import USUAL, Key, Page, fetch_page

PICKED = 12


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What to list; empty values do not narrow."""

    text: str = ""
    level1: str = ""
    sector: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class LibraryLine:
    """An entry and in how many target rows it was used."""

    entry: LibraryIndicatorRow
    used: int


def list_library(
    session: Session,
    actor: Actor,
    wanted: LibraryFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[LibraryLine]:
    """Return a page of entries by code, with their used-by counts in a second query."""
    row = LibraryIndicatorRow
    statement = select(row).where(row.region_code == actor.scope.region)
    if wanted.text:
        statement = statement.where(
            or_(
                row.name.contains(wanted.text, autoescape=True),
                row.code.startswith(wanted.text.upper(), autoescape=True),
            )
        )
    if wanted.level1:
        statement = statement.where(row.level1 == wanted.level1)
    if wanted.sector:
        statement = statement.where(row.sector == wanted.sector)
    if wanted.state:
        statement = statement.where(row.state == wanted.state)
    page = fetch_page(session, statement, [Key(row.code)], cursor=cursor, limit=limit)
    used = _used(session, actor, [entry.code for entry in page.items])
    lines = tuple(LibraryLine(entry, used.get(entry.code, 0)) for entry in page.items)
    return Page(lines, page.next_cursor)


def search_published(session: Session, actor: Actor, text: str) -> Sequence[LibraryIndicatorRow]:
    """Return the first published entries whose name contains `text`, for the picker."""
    row = LibraryIndicatorRow
    query = (
        select(row)
        .where(
            row.region_code == actor.scope.region,
            row.state == "published",
            row.name.contains(text.strip(), autoescape=True),
        )
        .order_by(row.level1, row.code)
        .limit(PICKED)
    )
    return session.scalars(query).all()


def find_published(session: Session, actor: Actor, code: str) -> LibraryIndicatorRow | None:
    """Return the published entry with this code."""
    row = LibraryIndicatorRow
    query = select(row).where(
        row.region_code == actor.scope.region, row.state == "published", row.code == code
    )
    return session.scalars(query).one_or_none()


def sectors(session: Session, actor: Actor) -> list[str]:
    """Return the sectors in use, for the filter."""
    query = (
        select(LibraryIndicatorRow.sector)
        .where(LibraryIndicatorRow.region_code == actor.scope.region)
        .distinct()
        .order_by(LibraryIndicatorRow.sector)
    )
    return list(session.scalars(query))


def _used(session: Session, actor: Actor, codes: Sequence[str]) -> dict[str, int]:
    if not codes:
        return {}
    row = TargetIndicatorRow
    query = (
        select(row.library_code, func.count())
        .where(row.region_code == actor.scope.region, row.library_code.in_(codes))
        .group_by(row.library_code)
    )
    return dict(session.execute(query).all())
