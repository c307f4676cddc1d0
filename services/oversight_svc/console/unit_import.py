"""Taking a unit list from Excel: look first, then confirm; a faulty file comes back marked."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.usecases.import_units import ImportUnits, import_units
from services.oversight_svc.usecases.unit_sheet import UNIT_LAYOUT
from shared.errors import FieldProblem, InvalidInputError
from shared.files.media import XLSX
from shared.files.uploads import keep_upload, read_upload
from shared.sheets.marking import mark_copy
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.template import template
from shared.web.api import current_resources
from shared.web.console.forms import Form, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.files import current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("unit_import", __name__, url_prefix="/units/import", template_folder="templates")

ACT = "oversight.unit.import"
FALLBACK_NAME = "单位名录.xlsx"
LONGEST_NAME = 120


@pages.get("")
@permission(ACT)
def ask_file() -> str:
    """Show where to choose the file and where to get the empty form."""
    return _upload_page(blank(ApiSchema()))


@pages.get("/template")
@permission(ACT)
def give_template() -> Response:
    """Send the empty form."""
    return _sheet(template(UNIT_LAYOUT), "预算单位名录模板.xlsx")


@pages.post("")
@permission(ACT)
def preview() -> str | tuple[str, int]:
    """Keep the file and show what it would do; nothing is saved yet."""
    form, upload = blank(ApiSchema()), request.files.get("file")
    if upload is None or not upload.filename:
        form.problems = (FieldProblem("file", "required", "请选择要导入的文件。"),)
        return _upload_page(form), 422
    name = _plain(upload.filename)
    content = upload.stream.read()
    resources = current_resources()
    try:
        outcome = _run(content, name, dry_run=True)
        with resources.database.begin() as uow:
            source = (BytesIO(content), name)
            kept = keep_upload(uow, resources.clock, current_actor(), current_store(), source)
    except InvalidInputError as error:
        form.refuse(error)
        return _upload_page(form), 422
    return _preview_page(outcome, kept.digest, name)


@pages.post("/confirm")
@permission(ACT)
def confirm() -> BaseResponse | tuple[str, int]:
    """Save the file that was looked at; refused as a whole when it has become wrong meanwhile."""
    digest = request.form.get("digest", "")
    content, name = _kept(digest)
    try:
        outcome = _run(content, name, dry_run=False)
    except InvalidInputError:
        return _preview_page(_run(content, name, dry_run=True), digest, name), 422
    text = f"导入完成：新增 {outcome.created} 个，变更 {outcome.changed} 个单位。"
    return redirect_with_notice(link("oversight.units"), text)


@pages.get("/<digest>/marked")
@permission(ACT)
def give_marked(digest: str) -> Response:
    """Send the same file back with its faulty cells red and commented."""
    content, name = _kept(digest)
    outcome = _run(content, name, dry_run=True)
    return _sheet(
        mark_copy(content, name, outcome.problems), f"{PurePath(name).stem}（已标注）.xlsx"
    )


def _run(content: bytes, name: str, *, dry_run: bool) -> ImportOutcome:
    resources = current_resources()
    command = ImportUnits(ImportFile(content, name, dry_run))
    with resources.database.begin() as uow:
        return import_units(uow, resources.clock, current_actor(), command)


def _kept(digest: str) -> tuple[bytes, str]:
    """Return a file the actor brought before; raise `NotFoundError` for anybody else's."""
    with current_resources().database.read() as session:
        return read_upload(session, current_actor(), current_store(), digest)


def _plain(name: str) -> str:
    """Return a file name without path and without signs that have no place in one."""
    kept = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable())
    return kept[-LONGEST_NAME:] or FALLBACK_NAME


def _upload_page(form: Form) -> str:
    return render_template("oversight/unit_import.html", form=form, columns=UNIT_LAYOUT.columns)


def _preview_page(outcome: ImportOutcome, digest: str, name: str) -> str:
    return render_template(
        "oversight/unit_import_preview.html",
        outcome=outcome,
        digest=digest,
        name=name,
        marked_href=f"{link('oversight.unit_import')}/{digest}/marked",
    )


def _sheet(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
