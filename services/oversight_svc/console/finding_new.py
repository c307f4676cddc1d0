"""Registering a finding: by form, or many at once from a pasted report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.finding_forms import (
    LONG,
    SHORT,
    RegistrationForm,
    money_of,
    text,
)
from services.oversight_svc.console.finding_showing import choices_of, related
from services.oversight_svc.domain.report_reading import MOST_ISSUES, read_report
from services.oversight_svc.queries.finding_duplicates import (
    Candidate,
    Likely,
    likely_duplicates,
)
from services.oversight_svc.usecases.finding_moving import LoadedFinding
from services.oversight_svc.usecases.link_earlier import mark_repeated
from services.oversight_svc.usecases.register_finding import RegisterFinding, register_finding
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError
from shared.terms.vocabulary import FindingCategory, FindingSource
from shared.web.console.forms import Form, TypedWan, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Choice, EditorColumn
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("finding_new", __name__, template_folder="templates")
YEARS_BACK = 6
LONGEST_REPORT = 100_000


class IssueRow(ApiSchema):
    """One proposed issue, corrected by a person."""

    id = fields.String(load_default="")
    title = text("问题标题", SHORT)
    description = text("问题描述")
    amount = TypedWan(load_default=None, metadata={"label": "涉及金额"})


class PastedForm(ApiSchema):
    """A list of issues of one unit from one document."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    source = fields.Enum(
        FindingSource, by_value=True, required=True, metadata={"label": "问题来源"}
    )
    source_document = text("来源文书", SHORT)
    unit_id = fields.UUID(required=True, metadata={"label": "责任单位"})
    project_name = text("涉及项目", SHORT)
    category = fields.Enum(
        FindingCategory, by_value=True, required=True, metadata={"label": "问题类别"}
    )
    basis = text("依据", LONG)
    issues = fields.List(fields.Nested(IssueRow), load_default=list, metadata={"label": "问题"})


ISSUES = (
    EditorColumn("title", "问题标题", "area", required=True),
    EditorColumn("description", "问题描述", "area", width="wide", required=True),
    EditorColumn("amount", "涉及金额（万元）", "number", width="narrow"),
)


@pages.get("/findings/new")
@permission("oversight.finding.register")
def ask_finding() -> str:
    """Show the empty form."""
    first = {"fiscal_year": clock().today().year - 1}
    return _page(blank(RegistrationForm(), first))


@pages.post("/findings/new")
@permission("oversight.finding.register")
def register() -> BaseResponse | tuple[str, int]:
    """Register; findings that look the same are shown first, unless confirmed."""
    form = bind(RegistrationForm(), request.form)
    likely: Sequence[Likely] = ()
    if form.is_valid and not form.data["confirmed"]:
        likely = _likely(form.data)
    if likely:
        message = "有可能重复的问题，请核对；不是同一问题的，勾选后再登记。"
        form.refuse(InvalidInputError([FieldProblem("confirmed", "likely", message)]))
    loaded: LoadedFinding | None = None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            loaded = _register(uow, current_actor(), form.data)
    if loaded is None or not form.is_valid:
        return _page(form, likely), 422
    finding = loaded.finding
    here = link("oversight.finding", year=finding.fiscal_year, id=finding.finding_id)
    return redirect_with_notice(here, f"已登记，编号 {finding.number}。")


@pages.get("/findings/paste")
@permission("oversight.finding.register")
def ask_report() -> str:
    """Show where to paste a report."""
    return render_template("oversight/finding_paste.html", pasted="", message="")


@pages.post("/findings/paste")
@permission("oversight.finding.register")
def read_pasted() -> str | tuple[str, int]:
    """Propose the issues of the pasted paragraphs, to be edited before anything is kept."""
    pasted = request.form.get("report", "")[:LONGEST_REPORT]
    issues = read_report(pasted)
    if not issues:
        message = "没有读到问题；请粘贴报告中“存在的问题”部分的段落。"
        shown = render_template("oversight/finding_paste.html", pasted=pasted, message=message)
        return shown, 422
    rows = [
        {"title": each.title, "description": each.description, "amount": each.amount}
        for each in issues
    ]
    initial = {
        "fiscal_year": clock().today().year - 1,
        "source": FindingSource.FINANCE_EVALUATION,
        "category": FindingCategory.PERFORMANCE,
        "issues": rows,
    }
    return _issues(blank(PastedForm(), initial))


@pages.post("/findings/paste/confirm")
@permission("oversight.finding.register")
def register_pasted() -> BaseResponse | tuple[str, int]:
    """Register every issue of the corrected list, all or none."""
    form = bind(PastedForm(), request.form)
    if form.is_valid and not form.data["issues"]:
        missing = FieldProblem("issues", "missing", "请至少保留一个问题。")
        form.refuse(InvalidInputError([missing]))
    if form.is_valid and len(form.data["issues"]) > MOST_ISSUES:
        message = f"一次最多登记{MOST_ISSUES}个问题，请分几次登记。"
        form.refuse(InvalidInputError([FieldProblem("issues", "too_many", message)]))
    numbers: list[str] = []
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            numbers = _register_all(uow, current_actor(), form.data)
    if not form.is_valid:
        return _issues(form), 422
    query = {"unit": form.data["unit_id"], "year": form.data["fiscal_year"]}
    text_done = f"已登记 {len(numbers)} 个问题（{numbers[0]} 至 {numbers[-1]}），可以拟整改通知。"
    return redirect_with_notice(link("oversight.notice_new", query=query), text_done)


def _register(uow: UnitOfWork, actor: Actor, data: dict[str, Any]) -> LoadedFinding:
    plain = ("fiscal_year", "unit_id", "source", "source_document", "title", "description",
             "category", "basis", "demand", "kind", "responsible_person", "project_name",
             "amount", "due_on")  # fmt: skip
    command = RegisterFinding(
        **{name: data[name] for name in plain},
        assisting=tuple(row["unit_id"] for row in data["assisting"]),
        money=money_of(data),
    )
    loaded = register_finding(uow, clock(), actor, command).loaded
    if data["earlier_number"].strip():
        mark_repeated(uow, loaded.finding, data["earlier_number"], "earlier_number")
    return loaded


def _register_all(uow: UnitOfWork, actor: Actor, data: dict[str, Any]) -> list[str]:
    numbers = []
    common = {name: value for name, value in data.items() if name != "issues"}
    for place, row in enumerate(data["issues"]):
        command = RegisterFinding(
            **common,
            title=row["title"],
            description=row["description"],
            amount=row["amount"],
        )
        try:
            registered = register_finding(uow, clock(), actor, command)
        except InvalidInputError as error:
            own = ("title", "description", "amount")
            raise InvalidInputError(
                [_placed(problem, place) if problem.path in own else problem
                 for problem in error.problems]
            ) from error  # fmt: skip
        numbers.append(registered.finding.number)
    return numbers


def _placed(problem: FieldProblem, place: int) -> FieldProblem:
    return FieldProblem(f"issues.{place}.{problem.path}", problem.code, problem.message)


def _likely(data: dict[str, Any]) -> Sequence[Likely]:
    candidate = Candidate(
        data["fiscal_year"],
        data["unit_id"],
        data["title"],
        data["project_name"],
        amount=data["amount"],
    )
    with database().read() as session:
        return likely_duplicates(session, current_actor(), candidate)


def year_choices() -> list[Choice]:
    """Return the budget years a finding may belong to, the newest first."""
    now = clock().today().year
    return [Choice(str(year), f"{year}年度") for year in range(now + 1, now - YEARS_BACK, -1)]


def unit_choices(session: Session, actor: Actor) -> list[Choice]:
    """Return the active units of the actor's scope, by code."""
    query = (
        select(UnitRow.unit_id, UnitRow.code, UnitRow.name)
        .where(scope_filter(actor, UnitRow), UnitRow.state == "active")
        .order_by(UnitRow.code)
    )
    return [Choice(str(row.unit_id), f"{row.name}（{row.code}）") for row in session.execute(query)]


def _page(form: Form, likely: Sequence[Likely] = ()) -> str:
    units = _units()
    return render_template(
        "oversight/finding_new.html",
        form=form,
        likely=related("", [each.finding for each in likely])[1],
        years=year_choices(),
        units=units,
        assisting=(EditorColumn("unit_id", "配合单位", "select", choices=units),),
        choices_of=choices_of,
    )


def _issues(form: Form) -> str:
    return render_template(
        "oversight/finding_issues.html",
        form=form,
        editor=ISSUES,
        years=year_choices(),
        units=_units(),
        choices_of=choices_of,
    )


def _units() -> list[Choice]:
    with database().read() as session:
        return unit_choices(session, current_actor())


def uuid_or_none(typed: str) -> UUID | None:
    """Return an id from an address, `None` for what is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None
