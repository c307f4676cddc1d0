"""A treasury file taken in: look at what it would change, then confirm; the template; marks."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.years import year_choices, year_of
from services.monitor_svc.usecases.import_payments import (
    PAYMENT_LAYOUT,
    ImportPayments,
    import_payments,
)
from services.monitor_svc.usecases.keep_upload import keep_import
from shared.errors import InvalidInputError
from shared.files.uploads import UploadRow, read_upload, use_upload
from shared.sheets.marking import mark_copy
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.template import template
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.files import attachment, current_store
from shared.web.identity import current_actor
from shared.web.permissions import permission

pages = Blueprint("import_pages", __name__, template_folder="templates")


@pages.get("/execution/import")
@permission("monitoring.execution.import")
def show_import() -> str:
    """Show where to choose the file."""
    return _choose(year_of(request.args.get("year", "")))


@pages.post("/execution/import")
@permission("monitoring.execution.import")
def preview() -> str | tuple[str, int]:
    """Read the file and show what taking it in would do; nothing is changed yet."""
    year = year_of(request.form.get("year", ""))
    source = request.files.get("file")
    content = source.read() if source else b""
    name = (source.filename if source else "") or "国库支付明细"
    actor = current_actor()
    try:
        with database().begin() as uow:
            file = ImportFile(content, name, dry_run=True)
            outcome = import_payments(uow, clock(), actor, ImportPayments(year, file))
            kept = keep_import(uow, clock(), actor, current_store(), (content, name))
    except InvalidInputError as error:
        return _choose(year, error.problems[0].message), 422
    status = 422 if outcome.errors else 200
    return _previewed(year, kept, outcome), status


@pages.post("/execution/import/confirm")
@permission("monitoring.execution.import")
def confirm() -> BaseResponse | tuple[str, int]:
    """Take in the file that was looked at; it is compared with the records once more."""
    year = year_of(request.form.get("year", ""))
    content, name = _kept(request.form.get("digest", ""))
    try:
        with database().begin() as uow:
            file = ImportFile(content, name, dry_run=False)
            outcome = import_payments(uow, clock(), current_actor(), ImportPayments(year, file))
            use_upload(uow, clock(), current_actor(), request.form.get("digest", ""))
    except InvalidInputError as error:
        return _choose(year, error.problems[0].message), 422
    text = f"已导入：新增{outcome.created}笔，更正{outcome.changed}笔，未变{outcome.unchanged}笔。"
    return redirect_with_notice(f"/monitoring/execution/batches?year={year}", text)


@pages.post("/execution/import/marked")
@permission("monitoring.execution.import")
def marked() -> Response:
    """Give the file back with its doubtful cells coloured and commented."""
    year = year_of(request.form.get("year", ""))
    content, name = _kept(request.form.get("digest", ""))
    with database().begin() as uow:
        file = ImportFile(content, name, dry_run=True)
        outcome = import_payments(uow, clock(), current_actor(), ImportPayments(year, file))
    copy = mark_copy(content, name, outcome.problems)
    return attachment(copy, f"{name.rsplit('.', 1)[0]}（标注）.xlsx")


@pages.get("/execution/import/template")
@permission("monitoring.execution.import")
def give_template() -> Response:
    """Send the empty form."""
    return attachment(template(PAYMENT_LAYOUT), f"{PAYMENT_LAYOUT.title}模板.xlsx")


def _choose(year: int, message: str = "") -> str:
    return render_template(
        "monitoring/import.html",
        year=year,
        years=year_choices(),
        message=message,
        layout=PAYMENT_LAYOUT,
    )


def _previewed(year: int, kept: UploadRow, outcome: ImportOutcome) -> str:
    return render_template(
        "monitoring/import_preview.html",
        year=year,
        digest=kept.digest,
        name=kept.filename,
        outcome=outcome,
    )


def _kept(digest: str) -> tuple[bytes, str]:
    """Return a file the actor brought before; raise `NotFoundError` for anybody else's."""
    with database().read() as session:
        return read_upload(session, current_actor(), current_store(), digest)
