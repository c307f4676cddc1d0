"""Lists of monitoring reports: tabs with counts, filters, a page, everything for an export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import Session

from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.duties import lists
from shared.duties.lists import DutyFilter, duty_conditions, equal_where_given, same_unit
from shared.web.paging import MOST, USUAL, Column, Page, every_item, fetch_page, sort_keys

Listed = Select[ReportRow, ProjectCopyRow, UnitRow]
_KEYS: dict[str, Column] = {
    "due": ReportRow.due_on,
    "unit": UnitRow.pinyin,
    "rate": func.coalesce(ReportRow.execution_rate, literal(Decimal(-1))),
    "returned": ReportRow.times_returned,
}


@dataclass(frozen=True, slots=True)
class ReportFilter(DutyFilter):
    """What a list of reports is narrowed to; an empty value narrows nothing."""

    light: str = ""


def report_rows(actor: Actor, wanted: ReportFilter) -> Listed:
    """Return the reports of the actor's scope with project and unit, narrowed as asked."""
    name, code = ProjectCopyRow.name, ProjectCopyRow.code
    return (
        select(ReportRow, ProjectCopyRow, UnitRow)
        .join(UnitRow, same_unit(ReportRow))
        .join(ProjectCopyRow, same_project())
        .where(*duty_conditions(ReportRow, actor, wanted, name=name, code=code))
        .where(*equal_where_given({ReportRow.light: wanted.light}))
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
    keys = sort_keys(sort, _KEYS, "due", last=ReportRow.report_id)
    return fetch_page(session, report_rows(actor, wanted), keys, cursor=cursor, limit=limit)


def every_report(session: Session, actor: Actor, wanted: ReportFilter, sort: str) -> Iterator[Any]:
    """Yield the whole list page by page, for an export."""
    return every_item(
        lambda cursor: list_reports(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
    )


def count_tabs(session: Session, actor: Actor, wanted: ReportFilter) -> dict[str, int]:
    """Return the count of every tab under the other filters, in one query."""
    return lists.count_tabs(session, ReportRow, report_rows(actor, replace(wanted, tab="all")))


def same_project() -> ColumnElement[bool]:
    """Return the condition that joins a report to its project."""
    return and_(
        ProjectCopyRow.region_code == ReportRow.region_code,
        ProjectCopyRow.fiscal_year == ReportRow.fiscal_year,
        ProjectCopyRow.project_id == ReportRow.project_id,
    )
