"""Import of projects: upload, preview without saving, confirm; a marked copy and a template."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import year_filter
from services.target_svc.usecases.import_projects import ImportProjects, import_projects
from services.target_svc.usecases.keep_upload import keep_upload
from services.target_svc.usecases.project_sheet import PROJECT_LAYOUT
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.files.uploads import UploadRow, find_upload
from shared.sheets.marking import mark_copy
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.template import template
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.files import attachment, current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("project_import", __name__, template_folder="templates")

SHOWN_PROBLEMS = 200
"""Problems listed on the page; the marked copy holds all of them."""


class ImportForm(ApiSchema):
    """Which year the file is for, and which file was looked at before."""

    year = fields.Integer(
        required=True,
        validate=validate.Range(min=2015, max=2100),
        metadata={"label": "预算年度"},
    )
    digest = fields.String(load_default="", metadata={"label": "文件"})


@pages.get("/projects/import")
@permission("target.project.import")
def import_page() -> str:
    """Ask for the file."""
    year = request.args.get("year", "")
    return _ask(blank(ImportForm(), {"year": year if _is_year(year) else clock().today().year + 1}))


@pages.post("/projects/import")
@permission("target.project.import")
def preview_import() -> str | tuple[str, int]:
    """Keep the file and show what importing it would do; nothing is saved to the projects."""
    form = bind(ImportForm(), request.form)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.refuse(InvalidInputError([FieldProblem("file", "missing", "请选择要导入的文件。")]))
    if not form.is_valid or upload is None:
        return _ask(form), 422
    try:
        content = upload.read()
        with database().begin() as uow:
            source = (BytesIO(content), upload.filename or "")
            kept = keep_upload(uow, clock(), current_actor(), current_store(), source)
        outcome = _run(form.data["year"], content, kept.filename, dry_run=True)
    except InvalidInputError as error:
        form.refuse(error)
        return _ask(form), 422
    return _preview(form.data["year"], kept, outcome)


@pages.post("/projects/import/confirm")
@permission("target.project.import")
def confirm_import() -> BaseResponse | tuple[str, int]:
    """Import the file that was looked at."""
    year, kept, content = _looked_at()
    try:
        outcome = _run(year, content, kept.filename, dry_run=False)
    except InvalidInputError:  # the units or projects have changed since the preview
        outcome = _run(year, content, kept.filename, dry_run=True)
        return _preview(year, kept, outcome), 422
    text = (
        f"已导入：新增 {outcome.created} 个、变更 {outcome.changed} 个、"
        f"未变 {outcome.unchanged} 个项目。"
    )
    return redirect_with_notice(link("target.projects", {"year": year}), text)


@pages.post("/projects/import/marked")
@permission("target.project.import")
def marked_copy() -> BaseResponse:
    """Give the file back with every doubtful cell in colour and commented."""
    year, kept, content = _looked_at()
    outcome = _run(year, content, kept.filename, dry_run=True)
    name = kept.filename.rpartition(".")[0] or kept.filename
    marked = mark_copy(content, kept.filename, outcome.problems)
    return attachment(marked, f"{name}（问题标注）.xlsx")


@pages.get("/projects/import/template")
@permission("target.project.import")
def import_template() -> BaseResponse:
    """Give the empty form."""
    return attachment(template(PROJECT_LAYOUT), "预算项目导入模板.xlsx")


def _run(year: int, content: bytes, filename: str, *, dry_run: bool) -> ImportOutcome:
    file = ImportFile(content, filename, dry_run)
    with database().begin() as uow:
        return import_projects(uow, clock(), current_actor(), ImportProjects(year, file))


def _looked_at() -> tuple[int, UploadRow, bytes]:
    """Return year, record and content of the file named by the form; only one's own is found."""
    form = bind(ImportForm(), request.form)
    if not form.is_valid:
        raise InvalidInputError(form.problems)
    with database().read() as session:
        kept = find_upload(session, current_actor(), form.data["digest"])
        if kept is None:
            raise NotFoundError
        session.expunge(kept)
    return form.data["year"], kept, current_store().read(kept.digest)


def _ask(form: Form) -> str:
    chosen = form.value("year")
    year = chosen if _is_year(chosen) else str(clock().today().year)
    years = year_filter(clock().today(), year).choices
    return render_template("target/import.html", form=form, years=years)


def _preview(year: int, kept: UploadRow, outcome: ImportOutcome) -> str:
    return render_template(
        "target/import_preview.html",
        year=year,
        kept=kept,
        outcome=outcome,
        problems=outcome.problems[:SHOWN_PROBLEMS],
        most=SHOWN_PROBLEMS,
    )


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) == len("2024")
