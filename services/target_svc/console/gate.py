"""预算安排核对: ask the gate about one project; the log of every question (SL21-5.5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import fields, validate

from services.target_svc.console.common import year_filter
from services.target_svc.console.showing import verdict_badge
from services.target_svc.queries.gate_log import GateFilter, GateLine, list_questions
from services.target_svc.usecases.ask_gate import AskGate, GateReply, ask_gate
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.terms import label
from shared.web.console.forms import Form, TypedWan, bind, blank
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.request import args_with_year, clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("gate", __name__, template_folder="templates")

COLUMNS = (
    Column("at", "时间", "datetime"),
    Column("who", "询问人"),
    Column("project", "项目", "link", frozen=True, width="wide"),
    Column("unit", "单位"),
    Column("requested", "申请金额", "money"),
    Column("verdict", "结论", "badge"),
    Column("allowed", "可安排", "money"),
    Column("reason", "理由", width="wide"),
    Column("pack", "依据的政策包"),
)


class QuestionForm(ApiSchema):
    """One question; without an amount the initial budget is asked for."""

    fiscal_year = fields.Integer(
        required=True,
        validate=validate.Range(min=2015, max=2100),
        metadata={"label": "预算年度"},
    )
    project_code = fields.String(required=True, metadata={"label": "项目编码"})
    requested = TypedWan(
        load_default=None,
        allow_nan=False,
        validate=validate.Range(min=0),
        metadata={"label": "申请金额"},
    )


@pages.get("/gate")
@permission("target.gate.view")
def gate_page() -> str:
    """Show the question form and the log."""
    year = args_with_year(clock().today().year)["year"]
    start = {"fiscal_year": year, "project_code": request.args.get("code", "")}
    return _draw(blank(QuestionForm(), start), None)


@pages.post("/gate")
@permission("target.gate.ask")
def ask() -> str | tuple[str, int]:
    """Ask; the answer stands above the log, where it is the newest line."""
    form = bind(QuestionForm(), request.form)
    if not form.is_valid:
        return _draw(form, None), 422
    try:
        with database().begin() as uow:
            reply = ask_gate(uow, clock(), current_actor(), AskGate(**form.data))
    except NotFoundError:
        message = "该年度没有这个编码的项目，或者您无权查看；请核对项目编码。"
        form.refuse(InvalidInputError([FieldProblem("project_code", "unknown", message)]))
        return _draw(form, None), 422
    return _draw(form, reply)


def _draw(form: Form, reply: GateReply | None) -> str:
    typed = form.value("fiscal_year")
    args = args_with_year(int(typed) if typed.isdecimal() else clock().today().year)
    filters = (
        year_filter(clock().today(), args["year"]),
        Filter("q", "关键词", "text", placeholder="项目名称或编码"),
        Filter("verdict", "结论", choices=choices_of("gate_verdict")),
    )
    view = list_view(request.path, args, columns=COLUMNS, filters=filters)
    wanted = GateFilter(int(view.value("year")), view.value("verdict"), view.value("q"))
    with database().read() as session:
        page = list_questions(
            session, current_actor(), wanted, cursor=view.cursor, limit=view.limit
        )
    return render_template(
        "target/gate.html",
        form=form,
        years=filters[0].choices,
        reply=reply,
        verdict=verdict_badge(reply.answer.verdict.value) if reply else None,
        mode=label("gate_mode", reply.answer.mode.value) if reply else "",
        view=view,
        rows=[_row(line) for line in page.items],
        next_cursor=page.next_cursor,
    )


def _row(line: GateLine) -> dict[str, Any]:
    query, project = line.query, line.project
    here = link("target.project", year=project.fiscal_year, id=project.project_id)
    reason = query.reasons[0]
    return {
        "at": query.asked_at,
        "who": f"{query.asked_by}（系统）" if query.is_machine else query.asked_by,
        "project": Link(project.name, here, note=project.code),
        "unit": line.unit.name,
        "requested": query.requested,
        "verdict": verdict_badge(query.verdict),
        "allowed": query.allowed,
        "reason": f"{reason['sentence']}（{reason['clause']}）",
        "pack": f"{query.pack_code} 第 {query.pack_version} 版",
    }
