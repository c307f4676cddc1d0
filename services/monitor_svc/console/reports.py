"""The list of monitoring reports, its Excel twin and the 双监控 picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.pictures import pacing_picture
from services.monitor_svc.console.showing import lamp, state_badge
from services.monitor_svc.console.years import args_with_year, year_choices
from services.monitor_svc.domain.states import ReportState
from services.monitor_svc.queries.pacing import MOST_POINTS, find_pacing
from services.monitor_svc.queries.reports import (
    ReportFilter,
    count_tabs,
    every_report,
    list_reports,
)
from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.directory.tables import UnitRow
from shared.duties.lists import offices_in_scope
from shared.duties.showing import (
    asked_of,
    duty_due,
    duty_filters,
    duty_tabs,
    paper_badge,
    tab_titles,
)
from shared.terms import label_of
from shared.web.console.formats import date_zh
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.request import clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Choice, Link
from shared.web.console.workbook import workbook
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("report_pages", __name__, template_folder="templates")

TITLES = tab_titles("已汇总")
EMPTY: Mapping[str, tuple[str, str]] = {
    "todo": ("没有待填报的监控表", "绩效目标随预算批复后，系统会自动生成监控表。"),
    "returned": ("没有被退回的监控表", "审核退回时会出现在这里，并写明原因。"),
    "review": ("没有待审核的监控表", "单位报送后会出现在这里。"),
    "done": ("还没有已汇总的监控表", "业务股室审核通过后会出现在这里。"),
    "all": ("没有监控表", "绩效目标随预算批复后，系统会自动生成监控表。"),
}
COLUMNS = (
    Column("project", "项目", "link", frozen=True, width="wide"),
    Column("unit", "填报单位", sortable=True, width="medium"),
    Column("due", "报送期限", "due", sortable=True),
    Column("state", "状态", "badge"),
    Column("rate", "执行率", "percent", sortable=True),
    Column("execution", "执行预警", "light"),
    Column("achievement", "目标预警", "light"),
    Column("returned", "退回次数", "number", sortable=True, width="narrow"),
    Column("paper", "纸质件", "badge"),
)


def _filters(offices: Sequence[tuple[str, str]]) -> tuple[Filter, ...]:
    states = [Choice(state.value, label_of(state)) for state in ReportState]
    return duty_filters(
        year_choices(),
        offices,
        Filter("state", "状态", choices=states),
        Filter("light", "预警", choices=choices_of("light")),
    )


@pages.get("/reports")
@permission("monitoring.report.view")
def show_reports() -> str | BaseResponse:
    """Show one page of a tab, or all of it as Excel with `format=xlsx`."""
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        args = args_with_year()
        view = list_view(
            request.path,
            args,
            columns=COLUMNS,
            filters=_filters(offices_in_scope(session, actor)),
            default_sort="due",
            kept=("tab",),
        )
        wanted = _wanted(view, int(args["year"]))
        calendar = load_calendar(session)
        if request.args.get("format") == "xlsx":
            found = every_report(session, actor, wanted, view.sort)
            title = f"{wanted.fiscal_year}年度绩效运行监控表清单"
            rows = (_row(each, calendar) for each in found)
            notes = [f"{TITLES[wanted.tab]}　导出日期：{date_zh(today)}"]
            return workbook(title, COLUMNS, rows, notes)
        page = list_reports(
            session, actor, wanted, sort=view.sort, cursor=view.cursor, limit=view.limit
        )
        counts = count_tabs(session, actor, wanted)
    return render_template(
        "monitoring/reports.html",
        view=view,
        year=wanted.fiscal_year,
        tabs=duty_tabs(view, TITLES, counts, wanted.tab),
        rows=[_row(each, calendar) for each in page.items],
        next_cursor=page.next_cursor,
        count=counts[wanted.tab],
        empty=EMPTY[wanted.tab],
        picture_href=view.href().replace(request.path, f"{request.path}/picture", 1),
    )


@pages.get("/reports/picture")
@permission("monitoring.report.view")
def show_picture() -> str:
    """Show execution against achievement for the reports the list is narrowed to."""
    actor = current_actor()
    with database().read() as session:
        args = args_with_year()
        filters = _filters(offices_in_scope(session, actor))
        view = list_view(request.path, args, columns=COLUMNS, filters=filters, kept=("tab",))
        wanted = _wanted(view, int(args["year"]))
        pacing = find_pacing(session, actor, wanted)
    return render_template(
        "monitoring/picture.html",
        view=view,
        year=wanted.fiscal_year,
        picture=pacing_picture(pacing) if pacing.points else None,
        shown=len(pacing.points),
        most=MOST_POINTS,
        list_href=view.href().replace(request.path, link("monitoring.reports"), 1),
    )


def _wanted(view: ListView, year: int) -> ReportFilter:
    return ReportFilter(
        fiscal_year=year,
        light=view.value("light"),
        **asked_of(view, TITLES, clock().today()),
    )


def _row(
    found: tuple[ReportRow, ProjectCopyRow, UnitRow], calendar: WorkingCalendar
) -> dict[str, Any]:
    report, project, unit = found
    href = link("monitoring.report", year=report.fiscal_year, id=report.report_id)
    return {
        "project": Link(project.name, href, note=project.code),
        "unit": unit.name,
        "due": duty_due(report, clock().today(), calendar),
        "state": state_badge(report),
        "rate": report.execution_rate,
        "execution": lamp(report.execution_light),
        "achievement": lamp(report.achievement_light),
        "returned": report.times_returned,
        "paper": paper_badge(report),
    }
