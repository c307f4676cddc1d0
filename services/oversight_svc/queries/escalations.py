"""Climbed rungs within the actor's scope: a page of them, their counts, one subject's ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ladder import roles_asked
from services.oversight_svc.store.escalations import EscalationRow, is_waiting, rungs_of
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match, bigram_query
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import MOST, USUAL, Key, Page, fetch_page

TABS = {"mine": "待我办理", "waiting": "全部待办理", "all": "全部"}
ENDED = ("done", "taken", "skipped")
"""What the unit concerned may know of: what is still being prepared is the offices' own."""


@dataclass(frozen=True, slots=True)
class Climbed:
    """One rung with the unit it is about."""

    row: EscalationRow
    unit: UnitRow


@dataclass(frozen=True, slots=True)
class LadderOfOne:
    """One rung and all that its subject has climbed, in order."""

    at: Climbed
    rungs: Sequence[EscalationRow]


def list_escalations(
    session: Session,
    actor: Actor,
    tab: str,
    values: Mapping[str, str],
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Climbed]:
    """Return a page, the latest first, in one query; `values` are the filters of the address."""
    query = _visible(actor).where(_tab(tab, actor), *_narrowed(values))
    keys = (
        Key(EscalationRow.reached_on.expression, descending=True),
        Key(EscalationRow.escalation_id.expression, descending=True),
    )
    page = fetch_page(session, query, keys, cursor=cursor, limit=limit)
    return Page(tuple(Climbed(row, unit) for row, unit in page.items), page.next_cursor)


def count_escalations(session: Session, actor: Actor) -> dict[str, int]:
    """Return how many wait for the actor and for anybody: one query over what waits."""
    mine = EscalationRow.role.in_(roles_asked(actor.roles))
    query = (
        select(func.count().filter(mine), func.count())
        .select_from(EscalationRow)
        .join(UnitRow, _its_unit())
        .where(_in_scope(actor), is_waiting())
    )
    own, every = session.execute(query).one()
    return {"mine": own, "waiting": every}


def escalations_by_key(
    session: Session, actor: Actor, keys: Sequence[tuple[int, UUID]]
) -> list[Climbed]:
    """Return the rungs named, at most 200, those in scope, unit by unit."""
    query = (
        _visible(actor)
        .where(tuple_(EscalationRow.fiscal_year, EscalationRow.escalation_id).in_(keys[:MOST]))
        .order_by(UnitRow.code, EscalationRow.due_on, EscalationRow.escalation_id)
    )
    return [Climbed(row, unit) for row, unit in session.execute(query)]


def ladder_of(session: Session, actor: Actor, year: int, escalation_id: UUID) -> LadderOfOne:
    """Return one rung with its subject's ladder; raise `NotFoundError` outside the scope."""
    found = escalations_by_key(session, actor, [(year, escalation_id)])
    if not found:
        raise NotFoundError
    row = found[0].row
    return LadderOfOne(found[0], rungs_of(session, row.region_code, year, row.subject_id))


def visible_rungs(session: Session, actor: Actor, finding: FindingRow) -> Sequence[EscalationRow]:
    """Return what a finding the actor may see has climbed, in order; to units what has ended."""
    rungs = rungs_of(session, finding.region_code, finding.fiscal_year, finding.finding_id)
    if is_allowed(actor, "oversight.escalation.view"):
        return rungs
    return [row for row in rungs if row.state in ENDED]


def _visible(actor: Actor) -> Select[EscalationRow, UnitRow]:
    return select(EscalationRow, UnitRow).join(UnitRow, _its_unit()).where(_in_scope(actor))


def _its_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == EscalationRow.region_code, UnitRow.unit_id == EscalationRow.unit_id
    )


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    here = EscalationRow.region_code == actor.scope.region
    return and_(here, scope_filter(actor, UnitRow))


def _tab(tab: str, actor: Actor) -> ColumnElement[bool]:
    if tab == "all":
        return EscalationRow.region_code == actor.scope.region
    if tab == "mine":
        return and_(is_waiting(), EscalationRow.role.in_(roles_asked(actor.roles)))
    return is_waiting()


def _narrowed(values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    tests: Mapping[str, Any] = {
        "kind": EscalationRow.kind,
        "way": EscalationRow.way,
        "state": EscalationRow.state,
        "role": EscalationRow.role,
        "office": UnitRow.lead_office,
        "unit": UnitRow.code,
    }
    found = [column == values[key] for key, column in tests.items() if values.get(key)]
    if year := values.get("year"):
        found.append(EscalationRow.fiscal_year == int(year))
    words = values.get("q", "").replace("\x00", "")
    if words:
        title = EscalationRow.subject_title.contains(words, autoescape=True)
        found.append(title | bigram_match(UnitRow.search, words) if bigram_query(words) else title)
    return found
