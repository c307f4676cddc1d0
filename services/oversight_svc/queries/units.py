"""Reads of the unit directory for its owner's pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.posts import ADMINISTRATOR_ROLES
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class UnitSearch:
    """What to look for: `text` in name, code or pinyin; the rest exactly, when given."""

    text: str = ""
    kind: str = ""
    office: str = ""
    state: str = ""


def search_units(
    session: Session,
    actor: Actor,
    wanted: UnitSearch,
    *,
    by_code: bool = False,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[UnitRow]:
    """Return a page of the units the actor may look up, by pinyin or by code."""
    query = select(UnitRow).where(_visible(actor))
    if wanted.text:
        query = query.where(bigram_match(UnitRow.search, wanted.text))
    exact = {
        UnitRow.kind: wanted.kind,
        UnitRow.lead_office: wanted.office,
        UnitRow.state: wanted.state,
    }
    for column, value in exact.items():
        if value:
            query = query.where(column == value)
    first = UnitRow.code if by_code else UnitRow.pinyin
    keys = (Key(first), Key(UnitRow.unit_id))
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def get_unit(session: Session, actor: Actor, unit_id: UUID) -> tuple[UnitRow, UnitRow | None, int]:
    """Return the unit, its department when it has another one, and how many hang below it.

    Raises `NotFoundError` for a unit the actor may not look up.
    """
    unit = session.scalars(
        select(UnitRow).where(_visible(actor), UnitRow.unit_id == unit_id)
    ).one_or_none()
    if unit is None:
        raise NotFoundError
    department = (
        None if unit.is_department else session.get(UnitRow, (unit.region_code, unit.department_id))
    )
    below = session.scalar(
        select(func.count())
        .select_from(UnitRow)
        .where(
            UnitRow.region_code == unit.region_code,
            UnitRow.department_id == unit.unit_id,
            UnitRow.unit_id != unit.unit_id,
        )
    )
    return unit, department, below or 0


def may_look_up(session: Session, actor: Actor, unit: UnitRow) -> bool:
    """Tell whether the actor may open `unit`: a school sees its department's name, no more."""
    mine = select(_visible(actor)).where(
        UnitRow.region_code == unit.region_code, UnitRow.unit_id == unit.unit_id
    )
    return bool(session.scalar(mine))


def active_units(session: Session, region: str) -> list[tuple[UUID, str, str]]:
    """Return (id, code, name) of every active unit, by code, to choose the place of a post."""
    query = (
        select(UnitRow.unit_id, UnitRow.code, UnitRow.name)
        .where(UnitRow.region_code == region, UnitRow.state == "active")
        .order_by(UnitRow.code)
    )
    return [(row.unit_id, row.code, row.name) for row in session.execute(query)]


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Administrators keep the directory, so they see all of it, though nothing of the business."""
    if actor.roles & ADMINISTRATOR_ROLES:
        return UnitRow.region_code == actor.scope.region
    return scope_filter(actor, UnitRow)
