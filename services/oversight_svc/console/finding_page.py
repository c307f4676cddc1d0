"""One finding's page, its files in place, and the close-out sheet for print (对账销号单)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import escape

from services.oversight_svc.console.escalation_showing import ladder_rows
from services.oversight_svc.console.finding_showing import (
    chain,
    files_by_kind,
    finding_due,
    head_facts,
    history,
    is_closed,
    marks,
    money_rows,
    notice_facts,
    problem_facts,
    related,
    relations,
    state_badge,
    turn_of,
)
from services.oversight_svc.console.finding_turns import turns_of
from services.oversight_svc.queries.escalations import visible_rungs
from services.oversight_svc.queries.finding_detail import (
    find_file,
    finding_detail,
)
from services.oversight_svc.usecases.keep_upload import keep_upload
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.errors import FieldProblem, InvalidInputError
from shared.web.console.files import show_file
from shared.web.console.request import clock, database
from shared.web.console.views import Link
from shared.web.files import current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("finding_page", __name__, template_folder="templates")
FINDING = "/findings/<int:year>/<uuid:finding_id>"
UPLOADED_AS = ("scan", "evidence")
"""Names of the inputs a file may go up under; it comes back under the same."""


@pages.get(FINDING)
@permission("oversight.finding.view")
def show_finding(year: int, finding_id: UUID) -> str:
    """Show facts, papers, whose turn it is and what happened."""
    actor = current_actor()
    with database().read() as session:
        detail = finding_detail(
            session,
            actor,
            year,
            finding_id,
            with_likely=is_allowed(actor, "oversight.finding.merge"),
        )
        calendar = load_calendar(session)
        rungs = visible_rungs(session, actor, detail.finding)
    finding, today = detail.finding, clock().today()
    return render_template(
        "oversight/finding.html",
        detail=detail,
        finding=finding,
        unit=detail.unit,
        here=link("oversight.finding", year=year, id=finding_id),
        badge=state_badge(finding),
        marks=marks(finding),
        due=finding_due(finding, today, calendar),
        turn=turn_of(finding, detail.unit),
        turns=turns_of(actor, finding, detail.unit),
        facts=head_facts(detail, today, calendar, actor),
        notice=notice_facts(detail, actor),
        problem=problem_facts(finding),
        chain=chain(finding),
        money=money_rows(detail),
        files=files_by_kind(detail),
        relations=relations(detail),
        likely=related("可能重复的问题", [each.finding for each in detail.likely])[1],
        rungs=ladder_rows(rungs),
        entries=history(detail),
    )


@pages.get(f"{FINDING}/close-out")
@permission("oversight.finding.view")
def print_close_out(year: int, finding_id: UUID) -> str:
    """Show the close-out sheet for A4: issue, measures, evidence, money, who recognised it."""
    with database().read() as session:
        detail = finding_detail(session, current_actor(), year, finding_id)
    decided = [each for each in detail.verdicts if each.act in ("recognise", "recognise_partly")]
    checked = [each for each in detail.verdicts if each.act == "verify"]
    return render_template(
        "oversight/close_out.html",
        detail=detail,
        finding=detail.finding,
        unit=detail.unit,
        here=link("oversight.finding", year=year, id=finding_id),
        badge=state_badge(detail.finding),
        is_closed=is_closed(detail.finding),
        money=money_rows(detail),
        files=files_by_kind(detail),
        report=detail.reports[-1] if detail.reports else None,
        recognition=decided[-1] if decided else None,
        recheck=checked[-1] if checked else None,
    )


@pages.get(f"{FINDING}/files/<uuid:evidence_id>/view")
@permission("oversight.finding.view")
def view_file(year: int, finding_id: UUID, evidence_id: UUID) -> Response | str:
    """Show a file in place to who may see the finding."""
    with database().read() as session:
        finding, row = find_file(session, current_actor(), year, finding_id, evidence_id)
    here = link("oversight.finding", year=year, id=finding_id)
    crumbs = [Link("整改台账", link("oversight.findings")), Link(finding.number, here)]
    return show_file(row.digest, row.file_name, crumbs=crumbs)


@pages.post("/files")
@permission("oversight.file.upload")
def upload() -> Response:
    """Keep a file that goes up at once; answer with what the form shows and repeats."""
    name = next(iter(request.files), "")
    source = request.files.get(name)
    if source is None or name not in UPLOADED_AS:
        missing = FieldProblem("scan", "missing", "请选择要上传的文件。")
        raise InvalidInputError([missing])
    with database().begin() as uow:
        kept = keep_upload(
            uow,
            clock(),
            current_actor(),
            current_store(),
            (source.stream, source.filename or "扫描件"),
        )
    hidden = f'<input type="hidden" name="{name}" value="{kept.digest}">'
    return make_response(f"<li>{escape(kept.filename)}{hidden}</li>", 201)
