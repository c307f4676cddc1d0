"""Progress noted in the row of the ledger, by the leading unit, without leaving the list."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields, validate

from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.queries.ledger import entries_by_key
from services.oversight_svc.store.findings import FindingRow, finding_measures
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.plan_rectification import NoteProgress, note_progress
from shared.errors import NotFoundError
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.request import clock, database
from shared.web.console.views import Progress
from shared.web.identity import current_actor
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("ledger_progress_pages", __name__, template_folder="templates")


class ProgressForm(ApiSchema):
    """How far a rectification is."""

    progress = fields.Integer(
        required=True,
        validate=validate.Range(0, 100, error="进度应在0至100之间。"),
        metadata={"label": "整改进度"},
    )
    note = fields.String(
        load_default="", validate=validate.Length(max=2000), metadata={"label": "进展说明"}
    )
    version = fields.Integer(
        required=True, validate=validate.Range(1, 2**31 - 1), metadata={"label": "版本"}
    )


@pages.get("/ledger/<int:year>/<uuid:finding_id>/progress")
@permission("oversight.finding.plan")
def show_progress(year: int, finding_id: UUID) -> str:
    """Show the fields in the row, or the bar again with `shown`."""
    finding = _finding(year, finding_id)
    if request.args.get("shown"):
        return _cell(finding)
    typed = {
        "progress": finding.progress,
        "note": finding.progress_note,
        "version": finding.version,
    }
    return _fields(finding, blank(ProgressForm(), typed))


@pages.post("/ledger/<int:year>/<uuid:finding_id>/progress")
@permission("oversight.finding.plan")
def keep_progress(year: int, finding_id: UUID) -> str:
    """Note the progress; measures that are done stay done."""
    form = bind(ProgressForm(), request.form)
    finding = _finding(year, finding_id)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            done = tuple(
                each.position for each in finding_measures(uow.session, finding) if each.done_on
            )
            command = NoteProgress(
                FindingKey(year, finding_id, form.data["version"]),
                form.data["progress"],
                form.data["note"],
                done,
            )
            note_progress(uow, clock(), current_actor(), command)
    # A piece of a page: htmx shows only what is answered with success, messages included.
    return _cell(_finding(year, finding_id)) if form.is_valid else _fields(finding, form)


def _finding(year: int, finding_id: UUID) -> FindingRow:
    with database().read() as session:
        found = entries_by_key(session, current_actor(), [LedgerKey(year, finding_id)])
    if not found:
        raise NotFoundError
    return found[0].finding


def _cell(finding: FindingRow) -> str:
    return render_template(
        "oversight/progress_shown.html",
        value=Progress(Decimal(finding.progress)),
        href=_href(finding),
        id=finding.finding_id,
    )


def _fields(finding: FindingRow, form: Form) -> str:
    return render_template(
        "oversight/progress_form.html", form=form, href=_href(finding), id=finding.finding_id
    )


def _href(finding: FindingRow) -> str:
    return f"/oversight/ledger/{finding.fiscal_year}/{finding.finding_id}/progress"
