"""Reads of the trail for pages: lists by region and budget year, and one object's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.trail.tables import TrailRow

USUAL = 50
MOST = 200
TIMELINE_MOST = 500


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One act as pages show it; `position` is `None` until it is sealed."""

    record_id: UUID
    region: str
    fiscal_year: int
    at: datetime
    account_id: UUID | None
    actor_name: str
    post_name: str
    act: str
    object_kind: str
    object_id: UUID
    object_title: str
    unit_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    comment: str
    position: int | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What to list. `region` always narrows; the rest only when given.

    `fiscal_year` 0 finds acts outside any budget year; `since` is included, `until` is not.
    """

    region: str
    fiscal_year: int | None = None
    object_id: UUID | None = None
    account_id: UUID | None = None
    actor_name: str = ""
    act_prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first; pass `next_before` to get the page after, `None` on the last."""

    entries: tuple[TrailEntry, ...]
    next_before: UUID | None


def list_trail(
    session: Session, wanted: TrailFilter, *, before: UUID | None = None, limit: int = USUAL
) -> TrailPage:
    """Return one page of at most 200 records, newest (by record id) first."""
    size = max(1, min(limit, MOST))
    statement = _filtered(wanted).order_by(TrailRow.record_id.desc()).limit(size + 1)
    if before is not None:
        statement = statement.where(TrailRow.record_id < before)
    rows = session.scalars(statement).all()
    entries = tuple(_entry(row) for row in rows[:size])
    return TrailPage(entries, entries[-1].record_id if len(rows) > size else None)


def timeline(session: Session, object_id: UUID) -> list[TrailEntry]:
    """Return what happened to one object, oldest first; of long histories the last 500 acts."""
    rows = session.scalars(
        select(TrailRow)
        .where(TrailRow.object_id == object_id)
        .order_by(TrailRow.at.desc(), TrailRow.record_id.desc())
        .limit(TIMELINE_MOST)
    ).all()
    return [_entry(row) for row in reversed(rows)]


def _filtered(wanted: TrailFilter) -> Select[TrailRow]:
    statement = select(TrailRow).where(TrailRow.region_code == wanted.region)
    exact = {
        TrailRow.fiscal_year: wanted.fiscal_year,
        TrailRow.object_id: wanted.object_id,
        TrailRow.account_id: wanted.account_id,
        TrailRow.actor_name: wanted.actor_name or None,
    }
    for column, value in exact.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.act_prefix:
        statement = statement.where(TrailRow.act.startswith(wanted.act_prefix, autoescape=True))
    if wanted.since is not None:
        statement = statement.where(TrailRow.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(TrailRow.at < wanted.until)
    return statement


def _entry(row: TrailRow) -> TrailEntry:
    return TrailEntry(
        record_id=row.record_id,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        at=row.at,
        account_id=row.account_id,
        actor_name=row.actor_name,
        post_name=row.post_name,
        act=row.act,
        object_kind=row.object_kind,
        object_id=row.object_id,
        object_title=row.object_title,
        unit_id=row.unit_id,
        before=row.before,
        after=row.after,
        comment=row.comment,
        position=row.position,
        digest=row.digest,
    )
