"""Clues as those may see them who may know they exist: numbers, bodies, days, how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, exists, false, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.clues import ClueState
from services.oversight_svc.store.clues import ClueContentRow, ClueRow, find_clue
from shared.access.actor import Actor
from shared.errors import NotFoundError
from shared.trail.queries import TrailEntry, timeline
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class ClueFilter:
    """Which clues; `silent_on`: an answer was due before that day."""

    fiscal_year: int | None = None
    state: str = ""
    silent_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClueDetail:
    """A clue without content; `has_summary` tells that one is sealed."""

    clue: ClueRow
    has_summary: bool
    trail: Sequence[TrailEntry]


def list_clues(
    session: Session,
    actor: Actor,
    wanted: ClueFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[ClueRow]:
    """Return a page of clues, the newest first; who sees only some units sees none."""
    query = select(ClueRow).where(ClueRow.region_code == actor.scope.region)
    if not actor.scope.whole_region:
        query = query.where(false())
    if wanted.fiscal_year is not None:
        query = query.where(ClueRow.fiscal_year == wanted.fiscal_year)
    if wanted.state:
        query = query.where(ClueRow.state == wanted.state)
    if wanted.silent_on is not None:
        unsigned = ClueRow.state == ClueState.TRANSFERRED.value
        unanswered = ClueRow.state.in_([ClueState.RECEIPTED.value, ClueState.HANDLING.value])
        query = query.where(
            or_(
                and_(unsigned, ClueRow.receipt_due_on < wanted.silent_on),
                and_(unanswered, ClueRow.feedback_due_on < wanted.silent_on),
            )
        )
    keys = [Key(ClueRow.clue_id, descending=True)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def clue_detail(session: Session, actor: Actor, year: int, clue_id: UUID) -> ClueDetail:
    """Return one clue; raise `NotFoundError` outside the region."""
    clue = find_clue(session, actor.scope.region, year, clue_id)
    if clue is None or not actor.scope.whole_region:
        raise NotFoundError
    kept = exists().where(
        ClueContentRow.region_code == clue.region_code,
        ClueContentRow.fiscal_year == clue.fiscal_year,
        ClueContentRow.clue_id == clue.clue_id,
    )
    has_summary = session.scalar(select(kept)) or False
    return ClueDetail(clue, has_summary, timeline(session, clue_id))
