"""Budget execution by project, and the treasury files it comes from."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.showing import lamp
from services.monitor_svc.console.years import args_with_year, year_choices
from services.monitor_svc.domain.lights import light_execution
from services.monitor_svc.queries.execution import (
    ExecutionFilter,
    ProjectExecution,
    find_batch,
    list_batches,
    list_execution,
    total_execution,
)
from services.monitor_svc.usecases.open_report import as_of_day
from shared.duties.lists import offices_in_scope
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.terms import label
from shared.web.console.formats import date_zh
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.request import clock, database
from shared.web.console.views import Choice, Link
from shared.web.console.workbook import workbook
from shared.web.identity import current_actor
from shared.web.paging import MOST, every_item
from shared.web.permissions import permission

pages = Blueprint("execution_pages", __name__, template_folder="templates")
COLUMNS = (
    Column("project", "项目", "link", frozen=True, width="wide"),
    Column("unit", "单位", width="medium"),
    Column("book", "预算体系", width="medium"),
    Column("initial", "年初预算", "money"),
    Column("budget", "调整后预算", "money"),
    Column("executed", "已执行", "money"),
    Column("rate", "执行率", "percent"),
    Column("light", "执行预警", "light"),
)
BATCH_COLUMNS = (
    Column("file", "文件", "link", frozen=True, width="wide"),
    Column("period", "支付期间"),
    Column("total", "金额合计", "money"),
    Column("added", "新增（笔）", "number"),
    Column("corrected", "更正（笔）", "number"),
    Column("unchanged", "未变（笔）", "number"),
    Column("differences", "差异（处）", "number"),
    Column("imported_at", "导入时间", "datetime"),
    Column("imported_by", "导入人"),
)


@pages.get("/execution")
@permission("monitoring.execution.view")
def show_execution() -> str | BaseResponse:
    """Show one page of projects with what was paid, or all of them as Excel."""
    actor = current_actor()
    with database().read() as session:
        args = args_with_year()
        offices = [Choice(code, name) for code, name in offices_in_scope(session, actor)]
        filters = (
            Filter("year", "预算年度", choices=year_choices()),
            Filter("q", "关键词", "text", placeholder="项目、编码或单位"),
            Filter("office", "归口股室", choices=offices),
            Filter("until", "截至", "date"),
        )
        view = list_view(request.path, args, columns=COLUMNS, filters=filters)
        year = int(args["year"])
        pack = policy_for(session, actor.scope.region, year)
        wanted = _wanted(view, year, as_of_day(pack, year))
        if request.args.get("format") == "xlsx":
            found = every_item(
                lambda cursor: list_execution(session, actor, wanted, cursor=cursor, limit=MOST)
            )
            rows = [_row(each, pack) for each in found]
            title = f"{year}年度预算执行情况"
            return workbook(title, COLUMNS, rows, [f"支付截至{date_zh(wanted.until)}"])
        page = list_execution(session, actor, wanted, cursor=view.cursor, limit=view.limit)
        total = total_execution(session, actor, wanted)
    lit = light_execution(pack.monitoring, budget=total.budget, executed=total.executed)
    return render_template(
        "monitoring/execution.html",
        view=view,
        year=year,
        until=wanted.until,
        rows=[_row(each, pack) for each in page.items],
        next_cursor=page.next_cursor,
        total=total,
        facts=[
            ("项目数", f"{total.projects}个"),
            ("调整后预算", total.budget),
            ("已执行", total.executed),
            ("执行率", f"{lit.rate}%" if lit.rate is not None else ""),
            ("最近支付日期", total.last_paid_on),
        ],
    )


@pages.get("/execution/batches")
@permission("monitoring.execution.view")
def show_batches() -> str:
    """Show the treasury files taken in, the newest first."""
    with database().read() as session:
        args = args_with_year()
        filters = (Filter("year", "预算年度", choices=year_choices()),)
        view = list_view(request.path, args, columns=BATCH_COLUMNS, filters=filters)
        year = int(args["year"])
        page = list_batches(session, current_actor(), year, cursor=view.cursor, limit=view.limit)
    rows = [
        {
            "file": Link(each.filename, f"/monitoring/execution/batches/{year}/{each.batch_id}"),
            "period": f"{date_zh(each.first_paid_on)}至{date_zh(each.last_paid_on)}",
            "total": each.total,
            "added": each.added,
            "corrected": each.corrected,
            "unchanged": each.unchanged,
            "differences": len(each.differences),
            "imported_at": each.imported_at,
            "imported_by": each.imported_by,
        }
        for each in page.items
    ]
    return render_template(
        "monitoring/batches.html", view=view, year=year, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/execution/batches/<int:year>/<uuid:batch_id>")
@permission("monitoring.execution.view")
def show_batch(year: int, batch_id: UUID) -> str:
    """Show what one file changed and where it differed."""
    with database().read() as session:
        batch = find_batch(session, current_actor(), year, batch_id)
    return render_template("monitoring/batch.html", batch=batch)


def _wanted(view: ListView, year: int, last: date) -> ExecutionFilter:
    try:
        until = date.fromisoformat(view.value("until"))
    except ValueError:
        until = min(last, clock().today())
    return ExecutionFilter(year, until, view.value("q"), view.value("office"))


def _row(each: ProjectExecution, pack: Pack) -> dict[str, Any]:
    project = each.project
    lit = light_execution(pack.monitoring, budget=project.adjusted_amount, executed=each.executed)
    query = f"/monitoring/reports?year={project.fiscal_year}&tab=all&q={project.code}"
    return {
        "project": Link(project.name, query, note=project.code),
        "unit": each.unit.name,
        "book": label("budget_book", project.budget_book),
        "initial": project.initial_amount,
        "budget": project.adjusted_amount,
        "executed": each.executed,
        "rate": lit.rate,
        "light": lamp(lit.light.value),
    }
