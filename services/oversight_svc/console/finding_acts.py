"""Pages for the acts on a finding: each shows its form, then calls its use case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.finding_commands import ACT_PAGES, OTHER_PAGES, ActPage
from services.oversight_svc.console.finding_forms import LetterForm
from services.oversight_svc.console.finding_page import FINDING
from services.oversight_svc.console.finding_showing import (
    choices_of,
    finding_due,
    money_rows,
    state_badge,
    turn_of,
)
from services.oversight_svc.console.finding_texts import letter_text, urging_text
from services.oversight_svc.domain.verdicts import UrgingState
from services.oversight_svc.queries.finding_detail import FindingDetail, finding_detail
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.urge_findings import SendLetter, send_letter
from shared.access.rights import require_scope
from shared.calendar_store import load_calendar
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Choice, EditorColumn
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("finding_acts", __name__, template_folder="templates")
NO_VERSION = -1
"""Fits no finding: a form that names no version is as good as stale."""
MEASURES = (
    EditorColumn("measure", "整改措施", "area", width="wide", required=True),
    EditorColumn("owner", "责任人", required=True),
    EditorColumn("due_on", "完成时间", "date", required=True),
    EditorColumn("is_wider", "举一反三", "select", choices=[Choice("true", "是")], width="narrow"),
)


def _mount(page: ActPage) -> None:
    """Give the act its two addresses: the form, and where it goes."""
    address = f"{FINDING}/{page.name}"
    short = page.name.replace("-", "_")
    guard = permission(page.permission)
    pages.get(address, endpoint=f"show_{short}")(guard(_shower(page)))
    pages.post(address, endpoint=f"do_{short}")(guard(_doer(page)))


def _shower(page: ActPage) -> Callable[..., Any]:
    def show(year: int, finding_id: UUID) -> str:
        return _page(page, year, finding_id)

    return show


def _doer(page: ActPage) -> Callable[..., Any]:
    def do(year: int, finding_id: UUID) -> BaseResponse | tuple[str, int]:
        form = bind(page.schema(), request.form)
        if form.is_valid:
            with shown_in(form), database().begin() as uow:
                key = FindingKey(year, finding_id, typed_version() or NO_VERSION)
                page.usecase(uow, clock(), current_actor(), page.make(key, form.data))
        if form.is_valid:
            here = link("oversight.finding", year=year, id=finding_id)
            return redirect_with_notice(here, page.done)
        return _page(page, year, finding_id, form), 422

    return do


@pages.post(f"{FINDING}/letter")
@permission("oversight.finding.urge")
def do_letter(year: int, finding_id: UUID) -> BaseResponse | tuple[str, int]:
    """Mark a drafted letter as sent, with number, date and scan."""
    form = bind(LetterForm(), request.form)
    if form.is_valid:
        data = form.data
        with shown_in(form), database().begin() as uow:
            command = SendLetter(
                data["batch_id"], data["document_number"], data["sent_on"], data["scan"]
            )
            send_letter(uow, clock(), current_actor(), command)
    if form.is_valid:
        here = link("oversight.finding", year=year, id=finding_id)
        return redirect_with_notice(here, "催办函已登记发出。")
    urging = next(page for page in OTHER_PAGES if page.name == "urging")
    return _page(urging, year, finding_id, letter=form), 422


def _page(
    page: ActPage,
    year: int,
    finding_id: UUID,
    form: Form | None = None,
    *,
    letter: Form | None = None,
) -> str:
    actor = current_actor()
    with database().read() as session:
        detail = finding_detail(session, actor, year, finding_id)
        calendar = load_calendar(session)
    require_scope(actor, detail.unit)
    today = clock().today()
    return render_template(
        "oversight/finding_act.html",
        page=page,
        detail=detail,
        finding=detail.finding,
        unit=detail.unit,
        here=link("oversight.finding", year=year, id=finding_id),
        badge=state_badge(detail.finding),
        due=finding_due(detail.finding, today, calendar),
        turn=turn_of(detail.finding, detail.unit),
        form=form or blank(page.schema(), page.initial(detail)),
        letter=letter or blank(LetterForm(), {"sent_on": today}),
        money=money_rows(detail),
        report=detail.reports[-1] if detail.reports else None,
        choices_of=choices_of,
        editor=MEASURES,
        today=today,
        **_texts(page, detail),
    )


def _texts(page: ActPage, detail: FindingDetail) -> dict[str, Any]:
    if page.name != "urging":
        return {}
    drafts = [each for each in detail.urgings if each.state == UrgingState.DRAFT]
    return {
        "drafts": drafts,
        "chat": urging_text(detail.finding, detail.unit, clock().today()),
        "paper": letter_text(detail.finding, detail.unit, clock().today()),
    }


for each_page in (*ACT_PAGES, *OTHER_PAGES):
    _mount(each_page)
