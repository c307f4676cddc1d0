"""The list of self-evaluations and its Excel twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.showing import (
    grade_badge,
    quality_badge,
    result_score,
    state_badge,
)
from services.eval_svc.console.years import args_with_year, year_choices
from services.eval_svc.domain.states import SelfEvaluationState
from services.eval_svc.queries.self_evaluations import (
    FormFilter,
    count_tabs,
    every_form,
    list_forms,
)
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
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
from shared.terms import label, label_of
from shared.web.console.formats import date_zh
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.request import clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Choice, Link
from shared.web.console.workbook import workbook
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_list", __name__, template_folder="templates")

TITLES = tab_titles("已通过")
_BEGIN = "预算绩效管理中心启动单位自评后，系统会按范围自动生成。"
EMPTY: Mapping[str, tuple[str, str]] = {
    "todo": ("没有待填报的自评", _BEGIN),
    "returned": ("没有被退回的自评", "审核退回时会出现在这里，并写明原因。"),
    "review": ("没有待审核的自评", "单位报送后会出现在这里。"),
    "done": ("还没有审核通过的自评", "业务股室审核通过后会出现在这里。"),
    "all": ("没有单位自评", _BEGIN),
}
COLUMNS = (
    Column("name", "自评对象", "link", frozen=True, width="wide"),
    Column("kind", "类别"),
    Column("unit", "填报单位", sortable=True, width="medium"),
    Column("due", "报送期限", "due", sortable=True),
    Column("state", "状态", "badge"),
    Column("rate", "执行率", "percent", sortable=True),
    Column("score", "得分", "number", sortable=True, unit="分"),
    Column("grade", "等级", "badge", width="narrow"),
    Column("quality", "复核", "badge", width="narrow"),
    Column("returned", "退回次数", "number", sortable=True, width="narrow"),
    Column("paper", "纸质件", "badge"),
)


def _filters(offices: Sequence[tuple[str, str]]) -> tuple[Filter, ...]:
    states = [Choice(state.value, label_of(state)) for state in SelfEvaluationState]
    return duty_filters(
        year_choices(),
        offices,
        Filter("kind", "类别", choices=choices_of("self_evaluation_kind")),
        Filter("state", "状态", choices=states),
        Filter("grade", "等级", choices=choices_of("grade")),
        Filter("quality", "复核", choices=choices_of("quality_mark")),
    )


@pages.get("/self-evaluations")
@permission("evaluation.self_evaluation.view")
def show_list() -> str | BaseResponse:
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
            found = every_form(session, actor, wanted, view.sort)
            title = f"{wanted.fiscal_year}年度单位自评清单"
            rows = (_row(form, unit, calendar) for form, unit in found)
            notes = [f"{TITLES[wanted.tab]}　导出日期：{date_zh(today)}"]
            return workbook(title, COLUMNS, rows, notes)
        page = list_forms(
            session, actor, wanted, sort=view.sort, cursor=view.cursor, limit=view.limit
        )
        counts = count_tabs(session, actor, wanted)
    return render_template(
        "evaluation/self_evaluations.html",
        view=view,
        year=wanted.fiscal_year,
        tabs=duty_tabs(view, TITLES, counts, wanted.tab),
        rows=[_row(form, unit, calendar) for form, unit in page.items],
        next_cursor=page.next_cursor,
        count=counts[wanted.tab],
        empty=EMPTY[wanted.tab],
    )


def _wanted(view: ListView, year: int) -> FormFilter:
    return FormFilter(
        fiscal_year=year,
        kind=view.value("kind"),
        grade=view.value("grade"),
        quality=view.value("quality"),
        **asked_of(view, TITLES, clock().today()),
    )


def _row(form: SelfEvaluationRow, unit: UnitRow, calendar: WorkingCalendar) -> dict[str, Any]:
    href = link("evaluation.self_evaluation", year=form.fiscal_year, id=form.self_evaluation_id)
    return {
        "name": Link(form.name, href, note=form.code),
        "kind": label("self_evaluation_kind", form.kind),
        "unit": unit.name,
        "due": duty_due(form, clock().today(), calendar),
        "state": state_badge(form),
        "rate": None if form.state == SelfEvaluationState.OPEN else form.execution_rate,
        "score": result_score(form) if form.grade else None,
        "grade": grade_badge(form),
        "quality": quality_badge(form),
        "returned": form.times_returned,
        "paper": paper_badge(form),
    }
