"""Clues transferred: list, registration, one clue's way; content only by a click of its own.

What is typed as a summary goes into the sealed row and nowhere else.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.accountability_papers import clue_document
from services.oversight_svc.console.accountability_showing import case_history
from services.oversight_svc.console.finding_forms import SHORT, day, text
from services.oversight_svc.console.finding_new import year_choices
from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.clues import (
    CLUE_STEPS,
    ClueAct,
    ClueReceiver,
    ClueState,
    OtherClueBodyError,
    check_clue_sender,
    is_clue_sender,
)
from services.oversight_svc.queries.clues import ClueFilter, clue_detail, list_clues
from services.oversight_svc.store.clues import ClueRow
from services.oversight_svc.usecases.answer_clue import AnswerClue, answer_clue
from services.oversight_svc.usecases.read_clue import may_read, read_clue
from services.oversight_svc.usecases.transfer_clue import (
    KEY_PURPOSE,
    MOST_TEXT,
    ClueKey,
    RegisterClue,
    TransferClue,
    check_clue_turn,
    register_clue,
    transfer_clue,
)
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.crypto.secrecy import SecretBox, secret_box
from shared.files.media import DOCX
from shared.runtime.sealing import key_folder
from shared.terms import label, label_of
from shared.terms.vocabulary import RaisingBody
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Badge, Choice, Due, Link, Step, Tone
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("clues", __name__, template_folder="templates")
CLUE = "/clues/<int:year>/<uuid:clue_id>"
TONES: dict[ClueState, Tone] = {
    ClueState.FOUND: "grey",
    ClueState.TRANSFERRED: "orange",
    ClueState.RECEIPTED: "blue",
    ClueState.HANDLING: "blue",
    ClueState.FED_BACK: "green",
}
COLUMNS = (
    Column("clue", "线索", "link", frozen=True),
    Column("document", "移送书文号"),
    Column("sender", "移送机关"),
    Column("receiver", "受理机关"),
    Column("transferred", "移送日期", "date"),
    Column("state", "状态", "badge"),
    Column("due", "下一步期限", "due"),
)


class RegistrationForm(ApiSchema):
    """A clue; the summary is optional and restricted."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    receiver = fields.Enum(
        ClueReceiver, by_value=True, required=True, metadata={"label": "受理机关"}
    )
    found_on = day("发现日期")
    document_number = text("移送书文号", SHORT)
    transferred_on = day("移送日期")
    summary = fields.String(
        load_default="",
        validate=validate.Length(max=MOST_TEXT),
        metadata={"label": "受限摘要"},
    )


class AnswerForm(ApiSchema):
    """One step with the number and date of its letter."""

    document_number = text("文号", SHORT)
    dated_on = day("日期")
    person = text("签收人", SHORT)


def clue_box() -> SecretBox:
    """Return the key that seals summaries, made on first use."""
    return secret_box(key_folder(current_resources().settings), KEY_PURPOSE)


@pages.get("/clues")
@permission("oversight.clue.view")
def list_all() -> str:
    """Show numbers, bodies, days and how far each clue is."""
    filters = (
        Filter("year", "预算年度", choices=year_choices()),
        Filter("state", "状态", choices=choices_of("clue_state")),
        Filter("due", "期限", choices=[Choice("overdue", "逾期未签收或未反馈")]),
    )
    view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
    year, today = view.value("year"), clock().today()
    wanted = ClueFilter(
        int(year) if year else None,
        view.value("state"),
        today if view.value("due") else None,
    )
    with database().read() as session:
        page = list_clues(session, current_actor(), wanted, cursor=view.cursor, limit=view.limit)
        calendar = load_calendar(session)
    rows = [_row(clue, today, calendar) for clue in page.items]
    return render_template(
        "oversight/clues.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/clues/new")
@permission("oversight.clue.send")
def ask_registration() -> str:
    """Show the form; nothing of the content is asked for."""
    initial = {"fiscal_year": clock().today().year, "receiver": ClueReceiver.DISCIPLINE}
    return _registration_page(blank(RegistrationForm(), initial))


@pages.post("/clues/new")
@permission("oversight.clue.send")
def register() -> BaseResponse | tuple[str, int]:
    """Register, and transfer when the letter has gone."""
    form = bind(RegistrationForm(), request.form)
    clue: ClueRow | None = None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = RegisterClue(**form.data)
            clue = register_clue(uow, clock(), current_actor(), command, clue_box())
    if clue is None or not form.is_valid:
        return _registration_page(form), 422
    here = link("oversight.clue", year=clue.fiscal_year, id=clue.clue_id)
    return redirect_with_notice(here, "线索已登记；系统只保存文号、机关、日期和办理状态。")


@pages.get(CLUE)
@permission("oversight.clue.view")
def show_clue(year: int, clue_id: UUID) -> str:
    """Show how far the clue is."""
    return _clue_page(year, clue_id)


@pages.get(f"{CLUE}/document")
@permission("oversight.clue.send")
def download_letter(year: int, clue_id: UUID) -> BaseResponse:
    """Hand out the letter of transfer as Word, without content; only the sending body's."""
    actor = current_actor()
    with database().read() as session:
        clue = clue_detail(session, actor, year, clue_id).clue
    check_clue_sender(RaisingBody(clue.sender), actor.roles)
    content = clue_document(clue, current_resources().settings.region_name)
    return attachment(content, f"移送书（{clue.number}）.docx", DOCX)


@pages.post(f"{CLUE}/summary")
@permission("oversight.clue.read")
def read_summary(year: int, clue_id: UUID) -> Response:
    """Show the summary to sender, receiver and the sender's head; the reading is recorded."""
    with database().begin() as uow:
        clue, summary = read_clue(uow, clock(), current_actor(), _key(year, clue_id), clue_box())
        page = render_template(
            "oversight/clue_summary.html",
            clue=clue,
            summary=summary,
            here=link("oversight.clue", year=year, id=clue_id),
        )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post(f"{CLUE}/transfer")
@permission("oversight.clue.send")
def transfer(year: int, clue_id: UUID) -> BaseResponse | tuple[str, int]:
    """Enter the letter of transfer."""
    form = bind(AnswerForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            data = form.data
            command = TransferClue(_key(year, clue_id), data["document_number"], data["dated_on"])
            transfer_clue(uow, clock(), current_actor(), command)
    return _after(form, year, clue_id, "移送书已登记，等待签收。")


@pages.post(f"{CLUE}/receipt")
@permission("oversight.clue.answer")
def receipt(year: int, clue_id: UUID) -> BaseResponse | tuple[str, int]:
    """Sign for the clue."""
    return _answer(ClueAct.RECEIPT, year, clue_id, "已签收；请在期限内反馈办理结果。")


@pages.post(f"{CLUE}/handling")
@permission("oversight.clue.answer")
def handle(year: int, clue_id: UUID) -> BaseResponse | tuple[str, int]:
    """Enter that it is being dealt with."""
    return _answer(ClueAct.HANDLE, year, clue_id, "已登记开始办理。")


@pages.post(f"{CLUE}/feedback")
@permission("oversight.clue.answer")
def feed_back(year: int, clue_id: UUID) -> BaseResponse | tuple[str, int]:
    """Enter the letter that says it is dealt with."""
    return _answer(ClueAct.FEED_BACK, year, clue_id, "办理结果已反馈；系统不保存处理内容。")


def _answer(act: ClueAct, year: int, clue_id: UUID, done: str) -> BaseResponse | tuple[str, int]:
    form = bind(AnswerForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            data = form.data
            command = AnswerClue(
                _key(year, clue_id),
                act,
                data["document_number"],
                data["dated_on"],
                data["person"],
            )
            answer_clue(uow, clock(), current_actor(), command)
    return _after(form, year, clue_id, done)


def _after(form: Form, year: int, clue_id: UUID, done: str) -> BaseResponse | tuple[str, int]:
    if form.is_valid:
        return redirect_with_notice(link("oversight.clue", year=year, id=clue_id), done)
    return _clue_page(year, clue_id, form), 422


def _key(year: int, clue_id: UUID) -> ClueKey:
    return ClueKey(year, clue_id, typed_version())


def _registration_page(form: Form) -> str:
    return render_template(
        "oversight/clue_new.html", form=form, years=year_choices(), choices_of=choices_of
    )


def _row(clue: ClueRow, today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    return {
        "clue": Link(clue.number, link("oversight.clue", year=clue.fiscal_year, id=clue.clue_id)),
        "document": clue.document_number or "—",
        "sender": label("raising_body", clue.sender),
        "receiver": label("clue_receiver", clue.receiver),
        "transferred": clue.transferred_on,
        "state": _badge(clue),
        "due": _due(clue, today, calendar),
    }


def _badge(clue: ClueRow) -> Badge:
    state = ClueState(clue.state)
    return Badge(label_of(state), TONES[state])


def _due(clue: ClueRow, today: date, calendar: WorkingCalendar) -> Due | None:
    waits = {
        ClueState.TRANSFERRED: clue.receipt_due_on,
        ClueState.RECEIPTED: clue.feedback_due_on,
        ClueState.HANDLING: clue.feedback_due_on,
    }
    return due_of(waits.get(ClueState(clue.state)), today, calendar, provisional=False)


_PAGES = {
    ClueAct.TRANSFER: ("transfer", "登记移送", "移送书文号"),
    ClueAct.RECEIPT: ("receipt", "签收", "回执文号"),
    ClueAct.HANDLE: ("handling", "开始办理", ""),
    ClueAct.FEED_BACK: ("feedback", "反馈办理结果", "反馈函文号"),
}


def _clue_page(year: int, clue_id: UUID, form: Form | None = None) -> str:
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        detail = clue_detail(session, actor, year, clue_id)
        calendar = load_calendar(session)
    clue = detail.clue
    offered, hint = [], ""
    for state, act in CLUE_STEPS:
        if state.value != clue.state:
            continue
        try:
            check_clue_turn(actor, clue, act)
        except OtherClueBodyError as error:
            hint = hint or error.message
        else:
            offered.append((act, *_PAGES[act]))
    return render_template(
        "oversight/clue.html",
        clue=clue,
        here=link("oversight.clue", year=year, id=clue_id),
        badge=_badge(clue),
        due=_due(clue, today, calendar),
        chain=_chain(clue),
        offered=offered,
        hint="" if offered else hint,
        may_send=is_clue_sender(RaisingBody(clue.sender), actor.roles),
        may_read=detail.has_summary and may_read(actor, clue),
        form=form or blank(AnswerForm(), {"dated_on": today}),
        facts=_facts(clue),
        entries=case_history(detail.trail),
    )


def _chain(clue: ClueRow) -> list[Step]:
    at = list(ClueState).index(ClueState(clue.state))
    over = clue.state == ClueState.FED_BACK.value
    return [
        Step(
            label_of(state),
            "done" if place < at or over else "current" if place == at else "waiting",
        )
        for place, state in enumerate(ClueState)
    ]


def _facts(clue: ClueRow) -> list[tuple[str, Any]]:
    return [
        ("移送机关", f"{label('raising_body', clue.sender)}　{clue.sender_name}"),
        ("受理机关", label("clue_receiver", clue.receiver)),
        ("发现日期", clue.found_on),
        ("移送书文号", clue.document_number),
        ("移送日期", clue.transferred_on),
        ("签收期限", clue.receipt_due_on),
        ("回执", f"{clue.receipt_number}　{clue.receiver_name}".strip()),
        ("签收日期", clue.receipted_on),
        ("反馈期限", clue.feedback_due_on),
        ("开始办理", clue.handled_from),
        ("反馈函文号", clue.feedback_number),
        ("反馈日期", clue.fed_back_on),
    ]
