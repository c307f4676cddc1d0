"""Reads units: one by id, or the actor's own as a list."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """What to look for: `text` anywhere in name, code or pinyin; `state` and `kind` when given."""

    text: str = ""
    state: str | None = None
    kind: str | None = None


def find_unit(session: Session, region: str, unit_id: UUID) -> UnitRow | None:
    """Return the unit, whoever asks; `None` when it is unknown here."""
    return session.get(UnitRow, (region, unit_id))


def find_unit_by_code(session: Session, region: str, code: str) -> UnitRow | None:
    """Return the unit with this budget code, an active one first; `None` when there is none."""
    return session.scalars(
        select(UnitRow)
        .where(UnitRow.region_code == region, UnitRow.code == code)
        .order_by(UnitRow.state, UnitRow.unit_id)  # active sorts first
        .limit(1)
    ).first()


def units_in_scope(
    session: Session,
    actor: Actor,
    wanted: UnitFilter | None = None,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[UnitRow]:
    """Return a page of the units the actor may see, by pinyin.

    Raises `BadCursorError` for a page mark of another list.
    """
    looked_for = wanted or UnitFilter()
    statement = select(UnitRow).where(scope_filter(actor, UnitRow))
    if looked_for.text:
        statement = statement.where(bigram_match(UnitRow.search, looked_for.text))
    if looked_for.state:
        statement = statement.where(UnitRow.state == looked_for.state)
    if looked_for.kind:
        statement = statement.where(UnitRow.kind == looked_for.kind)
    keys = (Key(UnitRow.pinyin), Key(UnitRow.unit_id))
    return fetch_page(session, statement, keys, cursor=cursor, limit=limit)
