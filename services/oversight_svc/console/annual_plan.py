"""年度计划统筹: the plans of finance and audit side by side, by unit, with what was agreed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.accountability_showing import case_history
from services.oversight_svc.console.finding_forms import LONG, SHORT, day, text
from services.oversight_svc.console.finding_new import unit_choices, year_choices
from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.domain.annual_plan import Coordination, PlanKind
from services.oversight_svc.queries.annual_plan import (
    Overlap,
    PlannedUnit,
    overlap_detail,
    planned_units,
)
from services.oversight_svc.queries.ledger_cells import office_names
from services.oversight_svc.store.annual_plan import PlanItemRow
from services.oversight_svc.usecases.coordinate_plans import CoordinatePlans, coordinate_plans
from services.oversight_svc.usecases.plan_finance_work import (
    PlanWork,
    WithdrawWork,
    plan_work,
    withdraw_work,
)
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.terms import label, label_of
from shared.web.console.formats import date_zh
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import asked_year, clock, database, typed_version
from shared.web.console.views import Badge, Choice, Link, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("annual_plan", __name__, template_folder="templates")
PAIR = "/annual-plan/<int:year>/<uuid:finance_item_id>/<uuid:audit_item_id>"
COORDINATE = "oversight.annual_plan.coordinate"
COLUMNS = (
    Column("unit", "单位", "custom", frozen=True),
    Column("finance", "财政评价、监控计划", "custom", width="wide"),
    Column("audit", "审计计划", "custom", width="wide"),
    Column("overlaps", "重叠和统筹", "custom", width="wide"),
)
TONES: dict[Coordination, Tone] = {
    Coordination.OPEN: "orange",
    Coordination.JOINT: "green",
    Coordination.STAGGERED: "blue",
    Coordination.REUSED: "green",
    Coordination.SEPARATE: "grey",
}
FINANCE_KINDS = tuple(kind for kind in PlanKind if kind is not PlanKind.AUDIT)
LISTS = (
    ("目标", "target.target.view", "target.targets"),
    ("监控", "monitoring.report.view", "monitoring.reports"),
    ("自评", "evaluation.self_evaluation.view", "evaluation.self_evaluations"),
    ("问题", "oversight.ledger.view", "oversight.findings"),
)


class WorkForm(ApiSchema):
    """An item of the finance plan."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    kind = fields.Enum(PlanKind, by_value=True, required=True, metadata={"label": "计划类别"})
    unit_id = fields.UUID(required=True, metadata={"label": "单位"})
    title = text("计划项目", SHORT)
    project_code = text("项目编码", SHORT)
    starts_on = day("计划开始")
    ends_on = day("计划结束")
    document_number = text("计划文号", SHORT)


class CoordinationForm(ApiSchema):
    """What was agreed."""

    status = fields.Enum(Coordination, by_value=True, required=True, metadata={"label": "统筹情况"})
    note = text("商定内容", LONG)


class WithdrawalForm(ApiSchema):
    """Why an item leaves the plan."""

    reason = text("原因", LONG)


@pages.get("/annual-plan")
@permission("oversight.annual_plan.view")
def show_board() -> str:
    """Show units with planned work, what each office plans, and where the two overlap."""
    actor, this_year = current_actor(), clock().today().year
    with database().read() as session:
        offices = office_names(session, actor)
        view = _view(this_year, [Choice(code, name) for code, name in offices.items()])
        year = asked_year(view.value("year"), this_year)
        page = planned_units(
            session, actor, year, view.values, cursor=view.cursor, limit=view.limit
        )
    return render_template(
        "oversight/annual_plan.html",
        view=view,
        year=year,
        rows=[_row(each, year, actor) for each in page.items],
        next_cursor=page.next_cursor,
    )


@pages.get("/annual-plan/new")
@permission("oversight.annual_plan.edit")
def ask_work() -> str:
    """Show the form of an item."""
    initial = {"fiscal_year": clock().today().year, "kind": PlanKind.KEY_EVALUATION}
    return _work_page(blank(WorkForm(), initial))


@pages.post("/annual-plan/new")
@permission("oversight.annual_plan.edit")
def enter_work() -> BaseResponse | tuple[str, int]:
    """Enter an item of the finance plan."""
    form = bind(WorkForm(), request.form)
    row: PlanItemRow | None = None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            row = plan_work(uow, clock(), current_actor(), PlanWork(**form.data))
    if row is None or not form.is_valid:
        return _work_page(form), 422
    board = link("oversight.annual_plan", query={"year": row.fiscal_year})
    return redirect_with_notice(board, "已列入计划；与审计计划重叠的，请在看板上商定。")


@pages.post("/annual-plan/items/<int:year>/<uuid:item_id>/withdraw")
@permission("oversight.annual_plan.edit")
def withdraw(year: int, item_id: UUID) -> BaseResponse:
    """Take an item off the finance plan."""
    reason = request.form.get("reason", "")
    with database().begin() as uow:
        command = WithdrawWork(year, item_id, typed_version(), reason)
        withdraw_work(uow, clock(), current_actor(), command)
    board = link("oversight.annual_plan", query={"year": year})
    return redirect_with_notice(board, "已调出计划，原因已记入操作轨迹。")


@pages.get(PAIR)
@permission("oversight.annual_plan.view")
def show_overlap(year: int, finance_item_id: UUID, audit_item_id: UUID) -> str:
    """Show two items that overlap and what was agreed about them."""
    return _overlap_page(year, finance_item_id, audit_item_id)


@pages.post(PAIR)
@permission(COORDINATE)
def coordinate(
    year: int, finance_item_id: UUID, audit_item_id: UUID
) -> BaseResponse | tuple[str, int]:
    """Note what was agreed."""
    form = bind(CoordinationForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = CoordinatePlans(
                year, finance_item_id, audit_item_id, typed_version(), **form.data
            )
            coordinate_plans(uow, clock(), current_actor(), command)
    if form.is_valid:
        here = _pair(year, finance_item_id, audit_item_id)
        return redirect_with_notice(here, "统筹情况已登记，对方可以看到。")
    return _overlap_page(year, finance_item_id, audit_item_id, form), 422


def _view(this_year: int, offices: list[Choice]) -> ListView:
    years = [Choice(str(each), f"{each}年度") for each in range(this_year + 1, this_year - 4, -1)]
    status = [Choice("any", "有重叠"), *choices_of("coordination")]
    filters = (
        Filter("q", "关键词", "text", placeholder="单位或计划项目"),
        Filter("year", "预算年度", choices=years, initial=str(this_year)),
        Filter("status", "重叠和统筹", choices=status),
        Filter("kind", "计划类别", choices=choices_of("plan_kind")),
        Filter("office", "归口股室", choices=offices),
    )
    return list_view(request.path, request.args, columns=COLUMNS, filters=filters)


def _row(planned: PlannedUnit, year: int, actor: Actor) -> dict[str, Any]:
    unit = planned.unit
    query = {"year": year, "unit": unit.code}
    return {
        "unit": unit.name,
        "lists": [
            Link(name, link(address, query=query))
            for name, act, address in LISTS
            if is_allowed(actor, act)
        ],
        "finance": [_item(each) for each in planned.finance],
        "audit": [_item(each) for each in planned.audit],
        "overlaps": [_shown(each, year) for each in planned.overlaps],
    }


def _item(row: PlanItemRow) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "year": row.fiscal_year,
        "version": row.version,
        "title": row.title,
        "kind": row.kind_note or label("plan_kind", row.kind),
        "project": row.project_name,
        "period": _period(row.starts_on, row.ends_on),
        "document": row.document_number,
    }


def _period(starts_on: date | None, ends_on: date | None) -> str:
    if starts_on is None and ends_on is None:
        return "时间未定"
    return f"{date_zh(starts_on)}至{date_zh(ends_on)}"


def _shown(overlap: Overlap, year: int) -> dict[str, Any]:
    agreed = overlap.agreed
    return {
        "badge": Badge(label_of(overlap.status), TONES[overlap.status]),
        "near": label_of(overlap.near),
        "when": "时间相交" if overlap.at_once else "时间错开",
        "href": _pair(year, overlap.finance.item_id, overlap.audit.item_id),
        "label": f"{overlap.finance.title} / {overlap.audit.title}",
        "note": agreed.note if agreed else "",
        "by": f"{label('plan_side', agreed.side)} {agreed.noter_name}" if agreed else "",
        "at": agreed.noted_at if agreed else None,
    }


def _pair(year: int, finance_id: UUID, audit_id: UUID) -> str:
    return f"{link('oversight.annual_plan')}/{year}/{finance_id}/{audit_id}"


def _work_page(form: Form) -> str:
    with database().read() as session:
        units = unit_choices(session, current_actor())
    return render_template(
        "oversight/annual_plan_new.html",
        form=form,
        years=year_choices(),
        units=units,
        kinds=[Choice(kind.value, label_of(kind)) for kind in FINANCE_KINDS],
    )


def _overlap_page(year: int, finance_id: UUID, audit_id: UUID, form: Form | None = None) -> str:
    with database().read() as session:
        detail = overlap_detail(session, current_actor(), year, finance_id, audit_id)
    overlap, agreed = detail.overlap, detail.overlap.agreed
    initial = {"status": overlap.status, "note": ""}
    return render_template(
        "oversight/annual_plan_overlap.html",
        unit=detail.unit,
        year=year,
        here=_pair(year, finance_id, audit_id),
        board=link("oversight.annual_plan", query={"year": year}),
        shown=_shown(overlap, year),
        version=agreed.version if agreed else 0,
        plans=[
            ("财政计划", _facts(overlap.finance)),
            ("审计计划", _facts(overlap.audit)),
        ],
        form=form or blank(CoordinationForm(), initial),
        statuses=choices_of("coordination"),
        entries=case_history(detail.trail),
    )


def _facts(row: PlanItemRow) -> list[tuple[str, Any]]:
    item = _item(row)
    return [
        ("计划项目", item["title"]),
        ("类别", item["kind"]),
        ("项目", item["project"]),
        ("计划时间", item["period"]),
        ("计划文号", item["document"]),
        ("登记", row.enterer_name),
    ]
