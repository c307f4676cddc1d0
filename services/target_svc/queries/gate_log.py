"""Questions put to the gate, newest first (SL21-5.5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.target_svc.queries.scoping import with_unit
from services.target_svc.store.gate import GateQueryRow
from services.target_svc.store.projects import ProjectRow
from shared.access.actor import Actor
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class GateFilter:
    """What to list of one budget year; empty values do not narrow."""

    fiscal_year: int
    verdict: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One question with the project it was about."""

    query: GateQueryRow
    project: ProjectRow
    unit: UnitRow


def list_questions(
    session: Session,
    actor: Actor,
    wanted: GateFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[GateLine]:
    """Return a page of the questions about projects in scope, newest first."""
    joined = select(GateQueryRow, ProjectRow, UnitRow).join(
        ProjectRow,
        (ProjectRow.region_code == GateQueryRow.region_code)
        & (ProjectRow.fiscal_year == GateQueryRow.fiscal_year)
        & (ProjectRow.project_id == GateQueryRow.project_id),
    )
    statement = with_unit(joined, actor).where(
        GateQueryRow.region_code == actor.scope.region,
        GateQueryRow.fiscal_year == wanted.fiscal_year,
    )
    if wanted.verdict:
        statement = statement.where(GateQueryRow.verdict == wanted.verdict)
    if wanted.text:
        statement = statement.where(bigram_match(ProjectRow.search, wanted.text))
    key = Key(GateQueryRow.query_id, descending=True)
    page = fetch_page(session, statement, [key], cursor=cursor, limit=limit)
    return Page(tuple(GateLine(*row) for row in page.items), page.next_cursor)
