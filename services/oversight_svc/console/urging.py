"""Urging units (催办): the text to copy, the letter in Word until it is sent, the telephone log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.common import keys_of
from services.oversight_svc.console.papers import letter_document
from services.oversight_svc.domain.urging import Reminded, reminder_text
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.queries.ledger import Entry
from services.oversight_svc.queries.ledger_cells import (
    Telling,
    due_of_finding,
    finding_href,
    office_names,
)
from services.oversight_svc.queries.today import Letter, find_letter, notice_number
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.keep_upload import keep_upload
from services.oversight_svc.usecases.urge_findings import (
    SendLetter,
    UrgeFindings,
    send_letter,
    urge_findings,
)
from shared.calendar_store import load_calendar
from shared.errors import InvalidInputError, NotFoundError
from shared.files.media import DOCX
from shared.files.places import evidence_store
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Link
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("urging_pages", __name__, template_folder="templates")

SHORT = validate.Length(max=200)


class SendForm(ApiSchema):
    """What makes the letter a sent one; the scan comes as a file beside it."""

    document_number = fields.String(load_default="", validate=SHORT, metadata={"label": "文号"})
    sent_on = fields.Date(load_default=None, metadata={"label": "发出日期"})
    scan = fields.String(
        load_default="", validate=validate.Length(max=64), metadata={"label": "盖章扫描件"}
    )


class CallForm(ApiSchema):
    """A telephone note: who answered, what was said."""

    person = fields.String(load_default="", validate=SHORT, metadata={"label": "接听人"})
    note = fields.String(
        load_default="", validate=validate.Length(max=2000), metadata={"label": "通话内容"}
    )


@pages.post("/urging/letters")
@permission("oversight.finding.urge")
def draft_letter() -> BaseResponse:
    """Draft one letter to a unit about the findings posted along."""
    keys = _posted_keys()
    with database().begin() as uow:
        command = UrgeFindings(keys, UrgingMeans.LETTER)
        batch_id = urge_findings(uow, clock(), current_actor(), command)
    return redirect_with_notice(
        _href(batch_id), "已生成催办函草稿：下载后送签、编号、用印，再回来登记文号和扫描件。"
    )


@pages.post("/urging/calls")
@permission("oversight.finding.urge")
def note_call() -> BaseResponse:
    """Keep a note of a call about the findings posted along."""
    form = bind(CallForm(), request.form)
    back = link("oversight.today")
    if form.is_valid:
        try:
            with database().begin() as uow:
                command = UrgeFindings(_posted_keys(), UrgingMeans.CALL, **form.data)
                urge_findings(uow, clock(), current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
    if not form.is_valid:
        return redirect_with_notice(
            back, "没有登记：" + "".join(each.message for each in form.problems), "red"
        )
    return redirect_with_notice(back, "已登记电话催办。")


@pages.get("/urging/letters/<uuid:batch_id>")
@permission("oversight.finding.urge")
def show_letter(batch_id: UUID) -> str:
    """Show a letter: its findings, its Word file, and number, date and scan once it is sent."""
    return _page(batch_id, blank(SendForm(), {"sent_on": clock().today()}))


@pages.get("/urging/letters/<uuid:batch_id>/document")
@permission("oversight.finding.urge")
def download_letter(batch_id: UUID) -> BaseResponse:
    """Hand out the letter as Word, to be edited, numbered and stamped."""
    letter, telling = _letter(batch_id)
    region = current_resources().settings.region_name
    with database().read() as session:
        number = notice_number(session, letter)
    content = letter_document(letter, number, telling, region)
    return attachment(content, f"催办函（{letter.entries[0].unit.name}）.docx", DOCX)


@pages.post("/urging/letters/<uuid:batch_id>/send")
@permission("oversight.finding.urge")
def send(batch_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record number, date and scan: from then on the letter counts as sent."""
    form = bind(SendForm(), request.form)
    digest = form.value("scan")
    file = request.files.get("scan_file")
    actor = current_actor()
    if file is not None and file.filename:
        with shown_in(form), database().begin() as uow:
            store = evidence_store(current_resources().settings, "oversight_svc")
            kept = keep_upload(uow, clock(), actor, store, (file.stream, file.filename))
            digest = kept.digest
    form.typed["scan"] = (digest,)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = SendLetter(
                batch_id, form.data["document_number"], form.data["sent_on"], digest
            )
            send_letter(uow, clock(), actor, command)
    if not form.is_valid:
        return _page(batch_id, form), 422
    return redirect_with_notice(_href(batch_id), "已登记发出，计入催办次数。")


def text_for(entries: Sequence[Entry], telling: Telling) -> str:
    """Return the words to paste into the group chat about these findings."""
    reminded = []
    for entry in entries:
        due = due_of_finding(entry.finding, telling)
        reminded.append(
            Reminded(
                unit=entry.unit.name,
                contact=entry.finding.responsible_person or entry.unit.contact,
                phone=entry.unit.phone,
                number=entry.finding.number,
                title=entry.finding.title,
                due_on=entry.finding.due_on,
                workdays_left=due.workdays_left if due else 0,
            )
        )
    return reminder_text(telling.today, reminded)


def _posted_keys() -> tuple[FindingKey, ...]:
    texts = [text for part in request.form.getlist("ids") for text in part.split(",")]
    return tuple(FindingKey(key.fiscal_year, key.finding_id) for key in keys_of(texts))


def _letter(batch_id: UUID) -> tuple[Letter, Telling]:
    actor = current_actor()
    with database().read() as session:
        letter = find_letter(session, actor, batch_id)
        telling = Telling(clock().today(), load_calendar(session), office_names(session, actor))
    if letter is None:
        raise NotFoundError
    return letter, telling


def _page(batch_id: UUID, form: Form) -> str:
    letter, telling = _letter(batch_id)
    return render_template(
        "oversight/urging_letter.html",
        letter=letter,
        unit=letter.entries[0].unit,
        here=_href(batch_id),
        form=form,
        lines=[
            (
                Link(f"{entry.finding.number} {entry.finding.title}", finding_href(entry.finding)),
                due_of_finding(entry.finding, telling),
                entry.finding.buffer_on,
            )
            for entry in letter.entries
        ],
    )


def _href(batch_id: UUID) -> str:
    return f"/oversight/urging/letters/{batch_id}"
