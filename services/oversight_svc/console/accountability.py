"""The list of accountability cases, and proposing one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.accountability_forms import ProposalForm
from services.oversight_svc.console.accountability_showing import (
    case_badge,
    case_turn,
    measures_shown,
)
from services.oversight_svc.console.common import keys_of
from services.oversight_svc.console.finding_new import unit_choices, uuid_or_none, year_choices
from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.domain.accountability_proof import PROPOSABLE
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.queries.accountability import CaseFilter, list_cases
from services.oversight_svc.queries.finding_detail import find_visible
from services.oversight_svc.queries.responsibility import responsible_people
from services.oversight_svc.store.accountability import CaseRow
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.responsibility import Responsible
from services.oversight_svc.usecases.propose_accountability import (
    OtherPerson,
    ProposeAccountability,
    propose_accountability,
)
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.terms import label, label_of
from shared.web.console.formats import date_zh
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Choice, EditorColumn, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("accountability", __name__, template_folder="templates")
COLUMNS = (
    Column("case", "问责事项", "link", frozen=True, width="wide"),
    Column("unit", "责任单位"),
    Column("trigger", "触发情形"),
    Column("state", "状态", "badge"),
    Column("turn", "轮到谁"),
    Column("decision", "处理决定"),
    Column("term", "执行期限", "date"),
)


_LISTS = ("units", "people", "measures", "evidence")


@pages.get("/accountability")
@permission("oversight.accountability.view")
def list_all() -> str:
    """Show the cases that are for the actor's eyes, the newest first."""
    filters = (
        Filter("q", "关键词", "text", placeholder="编号、事由或单位"),
        Filter("year", "预算年度", choices=year_choices()),
        Filter("state", "状态", choices=choices_of("accountability_state")),
        Filter("trigger", "触发情形", choices=choices_of("accountability_trigger")),
        Filter("receiver", "有权机关", choices=choices_of("competent_body")),
    )
    view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
    year = view.value("year")
    wanted = CaseFilter(
        int(year) if year else None,
        view.value("state"),
        view.value("trigger"),
        view.value("receiver"),
        view.value("q").strip(),
    )
    with database().read() as session:
        page = list_cases(session, current_actor(), wanted, cursor=view.cursor, limit=view.limit)
    rows = [_row(case, unit) for case, unit in page.items]
    return render_template(
        "oversight/accountability_cases.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


def _row(case: CaseRow, unit: UnitRow) -> dict[str, Any]:
    here = link("oversight.accountability", year=case.fiscal_year, id=case.case_id)
    return {
        "case": Link(f"{case.number} {case.title}", here, note=f"{case.fiscal_year}年度"),
        "unit": unit.name,
        "trigger": label("accountability_trigger", case.trigger),
        "state": case_badge(case),
        "turn": case_turn(case) or "—",
        "decision": measures_shown(case.measures) or "—",
        "term": case.term_on,
    }


@pages.get("/accountability/new")
@permission("oversight.accountability.propose")
def ask_proposal() -> str:
    """Ask for units and day first: who answers follows from the day of what happened."""
    typed = request.args
    with database().read() as session:
        findings = _findings(session, keys_of(typed.getlist("finding")))
        named = [each for text in typed.getlist("unit") if (each := uuid_or_none(text))]
        units = [*(row.unit_id for row in findings), *named]
        on = _day(typed.get("on", ""))
        people = responsible_people(session, current_actor(), units, on) if on else []
        choices = unit_choices(session, current_actor())
    if on is None or not people:
        return _choice_page(findings, choices, asked="on" in typed)
    first = findings[0] if findings else None
    initial = {
        "fiscal_year": first.fiscal_year if first else on.year,
        "acted_on": on,
        "units": [unit.unit_id for unit, _ in people],
        "findings": [_key(row) for row in findings],
        "trigger": "refusal" if first and first.is_refused else "",
        "title": first.title if first else "",
        "facts": first.description if first else "",
        "legal_basis": first.basis if first else "",
        "project_name": first.project_name if first else "",
    }
    schema = ProposalForm(exclude=() if initial["trigger"] else ("trigger",))
    return _proposal_page(blank(schema, initial), people, findings)


@pages.post("/accountability/new")
@permission("oversight.accountability.propose")
def propose() -> BaseResponse | tuple[str, int]:
    """Propose."""
    form = bind(ProposalForm(), request.form)
    case: CaseRow | None = None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            case = propose_accountability(uow, clock(), current_actor(), _command(form.data))
    if case is not None and form.is_valid:
        here = link("oversight.accountability", year=case.fiscal_year, id=case.case_id)
        return redirect_with_notice(here, "问责建议已提出，等待本机关负责人审核。")
    with database().read() as session:
        findings = _findings(session, keys_of(request.form.getlist("findings")))
        units = [each for text in request.form.getlist("units") if (each := uuid_or_none(text))]
        on = _day(request.form.get("acted_on", "")) or clock().today()
        people = responsible_people(session, current_actor(), units, on)
    return _proposal_page(form, people, findings), 422


def _command(data: dict[str, Any]) -> ProposeAccountability:
    others = tuple(
        OtherPerson(row["unit_id"], row["name"], row["title"], row["reason"])
        for row in data.pop("others")
    )
    facts = data | {name: tuple(data[name]) for name in _LISTS}
    return ProposeAccountability(others=others, **facts | {"findings": keys_of(data["findings"])})


def _findings(session: Session, keys: tuple[LedgerKey, ...]) -> list[FindingRow]:
    found = []
    for key in keys:
        try:
            row, _ = find_visible(session, current_actor(), key.fiscal_year, key.finding_id)
        except NotFoundError:
            continue
        found.append(row)
    return found


def _key(row: FindingRow) -> str:
    return LedgerKey(row.fiscal_year, row.finding_id).to_text()


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _choice_page(findings: list[FindingRow], choices: list[Choice], *, asked: bool) -> str:
    return render_template(
        "oversight/accountability_choice.html",
        findings=findings,
        keys=[_key(row) for row in findings],
        units=choices,
        typed=request.args,
        asked=asked,
        today=clock().today(),
    )


def _proposal_page(
    form: Form, people: list[tuple[UnitRow, list[Responsible]]], findings: list[FindingRow]
) -> str:
    units = [Choice(str(unit.unit_id), unit.name) for unit, _ in people]
    return render_template(
        "oversight/accountability_new.html",
        form=form,
        years=year_choices(),
        units=units,
        people=[_choice(each, unit) for unit, found in people for each in found],
        others=_others(units),
        findings=[(_key(row), row) for row in findings],
        measures=[Choice(each.value, label_of(each)) for each in PROPOSABLE],
        choices_of=choices_of,
    )


def _others(units: list[Choice]) -> tuple[EditorColumn, ...]:
    return (
        EditorColumn("unit_id", "所在单位", "select", choices=units, required=True),
        EditorColumn("name", "姓名", required=True),
        EditorColumn("title", "职务", required=True),
        EditorColumn("reason", "认定理由", width="wide", required=True),
    )


def _choice(each: Responsible, unit: UnitRow) -> Choice:
    person = each.person
    since = date_zh(person.started_on) if person.started_on else "起始不详"
    until = date_zh(person.ended_on) if person.ended_on else "至今"
    text = f"{person.name}　{unit.name}{person.title}（{since}—{until}，{person.basis}）"
    return Choice(each.ref, text)
