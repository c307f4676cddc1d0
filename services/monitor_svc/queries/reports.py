"""Lists of monitoring reports: tabs with counts, filters, a page, everything for an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session

from services.monitor_svc.domain.states import SUBMITTED_STATES, ReportState
from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.web.paging import MOST, USUAL, Key, Page, fetch_page

Listed = Select[ReportRow, ProjectCopyRow, UnitRow]
MOST_EXPORTED = 50_000
_UNFILLED = (ReportState.OPEN.value, ReportState.DRAFT.value)
_REVIEWING = (ReportState.DEPT_REVIEW.value, ReportState.FIN_OFFICE_REVIEW.value)
_DONE = (ReportState.AGGREGATED.value, ReportState.CORRECTING.value, ReportState.CLOSED.value)
_SUBMITTED = tuple(sorted(state.value for state in SUBMITTED_STATES))

was_returned = and_(ReportRow.state == ReportState.DRAFT.value, ReportRow.return_reason != "")
is_submitted = ReportRow.state.in_(_SUBMITTED)
paper_arrived = and_(is_submitted, ReportRow.paper_print_code == ReportRow.print_code)
paper_missing = and_(ReportRow.paper_required, ~paper_arrived)

TABS: Mapping[str, ColumnElement[bool]] = {
    "todo": and_(ReportRow.state.in_(_UNFILLED), ~was_returned),
    "returned": was_returned,
    "review": ReportRow.state.in_(_REVIEWING),
    "done": ReportRow.state.in_(_DONE),
    "all": true(),
}
_KEYS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "due": (ReportRow.due_on.expression,),
    "unit": (UnitRow.pinyin.expression,),
    "rate": (func.coalesce(ReportRow.execution_rate, literal(Decimal(-1))),),
    "returned": (ReportRow.times_returned.expression,),
}


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """What a list of reports is narrowed to; an empty value narrows nothing."""

    fiscal_year: int
    tab: str = "all"
    text: str = ""
    state: str = ""
    light: str = ""
    office: str = ""
    unit_code: str = ""
    overdue_on: date | None = None
    """Only reports not handed in that were due before this day."""
    paper_missing: bool = False


def report_rows(actor: Actor, wanted: ReportFilter) -> Listed:
    """Return the reports of the actor's scope with project and unit, narrowed as asked."""
    return (
        select(ReportRow, ProjectCopyRow, UnitRow)
        .join(UnitRow, same_unit())
        .join(ProjectCopyRow, same_project())
        .where(*_conditions(actor, wanted))
    )


def list_reports(
    session: Session,
    actor: Actor,
    wanted: ReportFilter,
    *,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return one page of (report, project, unit) rows; `sort` is a key, descending with a minus."""
    return fetch_page(session, report_rows(actor, wanted), _keys(sort), cursor=cursor, limit=limit)


def every_report(session: Session, actor: Actor, wanted: ReportFilter, sort: str) -> Iterator[Any]:
    """Yield the whole list page by page, at most `MOST_EXPORTED` rows."""
    cursor: str | None = None
    for _ in range(MOST_EXPORTED // MOST):
        page = list_reports(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def count_tabs(session: Session, actor: Actor, wanted: ReportFilter) -> dict[str, int]:
    """Return the count of every tab under the other filters, in one query."""
    query = (
        select(
            *(func.count(case((test, literal(1)))).label(tab) for tab, test in TABS.items()),
        )
        .select_from(ReportRow)
        .join(UnitRow, same_unit())
        .join(ProjectCopyRow, same_project())
        .where(*_conditions(actor, replace(wanted, tab="all")))
    )
    return dict(session.execute(query).one()._asdict())


def offices_in_scope(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """Return (code, name) of the offices in charge of units in the actor's scope."""
    query = (
        select(UnitRow.lead_office, UnitRow.lead_office_name)
        .where(scope_filter(actor, UnitRow), UnitRow.lead_office.is_not(None))
        .distinct()
        .order_by(UnitRow.lead_office_name)
    )
    return [(code, name or code) for code, name in session.execute(query) if code]


def same_unit() -> ColumnElement[bool]:
    """Return the condition that joins a report to its unit."""
    return and_(UnitRow.region_code == ReportRow.region_code, UnitRow.unit_id == ReportRow.unit_id)


def same_project() -> ColumnElement[bool]:
    """Return the condition that joins a report to its project."""
    return and_(
        ProjectCopyRow.region_code == ReportRow.region_code,
        ProjectCopyRow.fiscal_year == ReportRow.fiscal_year,
        ProjectCopyRow.project_id == ReportRow.project_id,
    )


def _conditions(actor: Actor, wanted: ReportFilter) -> list[ColumnElement[bool]]:
    found = [
        scope_filter(actor, UnitRow),
        ReportRow.region_code == actor.scope.region,
        ReportRow.fiscal_year == wanted.fiscal_year,
        TABS[wanted.tab],
    ]
    if wanted.text:
        named = ProjectCopyRow.name.contains(wanted.text, autoescape=True)
        coded = ProjectCopyRow.code.startswith(wanted.text, autoescape=True)
        found.append(or_(named, coded, bigram_match(UnitRow.search, wanted.text)))
    exact = {
        ReportRow.state: wanted.state,
        ReportRow.light: wanted.light,
        UnitRow.lead_office: wanted.office,
        UnitRow.code: wanted.unit_code,
    }
    found += [column == value for column, value in exact.items() if value]
    if wanted.overdue_on is not None:
        found += [~is_submitted, ReportRow.due_on < wanted.overdue_on]
    if wanted.paper_missing:
        found.append(paper_missing)
    return found


def _keys(sort: str) -> list[Key]:
    descending = sort.startswith("-")
    columns = (*_KEYS.get(sort.removeprefix("-"), _KEYS["due"]), ReportRow.report_id.expression)
    return [Key(column, descending) for column in columns]
