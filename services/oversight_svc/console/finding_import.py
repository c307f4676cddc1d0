"""Findings from Excel: look at what the file would do, then confirm; it comes back marked."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.finding_new import year_choices
from services.oversight_svc.usecases.finding_sheet import FINDING_LAYOUT
from services.oversight_svc.usecases.import_findings import ImportFindings, import_findings
from shared.errors import InvalidInputError
from shared.files.uploads import keep_upload, read_upload
from shared.sheets.marking import mark_copy
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.template import template
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.files import attachment, current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("finding_import", __name__, template_folder="templates")
ACT = "oversight.finding.import"
IMPORT = "/findings/import"
LONGEST_NAME = 120


@pages.get(IMPORT)
@permission(ACT)
def ask_file() -> str:
    """Show where to choose the file."""
    return _choose(_year(request.args.get("year", "")))


@pages.get(f"{IMPORT}/template")
@permission(ACT)
def give_template() -> Response:
    """Send the empty form."""
    return attachment(template(FINDING_LAYOUT), f"{FINDING_LAYOUT.title}模板.xlsx")


@pages.post(IMPORT)
@permission(ACT)
def preview() -> str | tuple[str, int]:
    """Read the file and show what taking it in would do; nothing is changed yet."""
    year = _year(request.form.get("year", ""))
    source = request.files.get("file")
    content = source.read() if source else b""
    name = _plain((source.filename if source else "") or "")
    try:
        outcome = _run(year, content, name, dry_run=True)
        with database().begin() as uow:
            kept = keep_upload(
                uow, clock(), current_actor(), current_store(), (BytesIO(content), name)
            )
    except InvalidInputError as error:
        return _choose(year, error.problems[0].message), 422
    return _previewed(year, kept.digest, name, outcome), 422 if outcome.errors else 200


@pages.post(f"{IMPORT}/confirm")
@permission(ACT)
def confirm() -> BaseResponse | tuple[str, int]:
    """Take in the file that was looked at; it is checked once more."""
    year, digest = _year(request.form.get("year", "")), request.form.get("digest", "")
    content, name = _kept(digest)
    try:
        outcome = _run(year, content, name, dry_run=False)
    except InvalidInputError:
        return _previewed(year, digest, name, _run(year, content, name, dry_run=True)), 422
    text = f"已导入：登记 {outcome.created} 个问题，已有 {outcome.unchanged} 个未重复登记。"
    return redirect_with_notice(link("oversight.findings", query={"year": year}), text)


@pages.post(f"{IMPORT}/marked")
@permission(ACT)
def marked() -> Response:
    """Give the same file back with its doubtful cells coloured and commented."""
    year = _year(request.form.get("year", ""))
    content, name = _kept(request.form.get("digest", ""))
    outcome = _run(year, content, name, dry_run=True)
    copy = mark_copy(content, name, outcome.problems)
    return attachment(copy, f"{PurePath(name).stem}（已标注）.xlsx")


def _run(year: int, content: bytes, name: str, *, dry_run: bool) -> ImportOutcome:
    with database().begin() as uow:
        command = ImportFindings(year, ImportFile(content, name, dry_run))
        return import_findings(uow, clock(), current_actor(), command)


def _kept(digest: str) -> tuple[bytes, str]:
    """Return a file the actor brought before; raise `NotFoundError` for anybody else's."""
    with database().read() as session:
        return read_upload(session, current_actor(), current_store(), digest)


def _plain(name: str) -> str:
    """Return a file name without path and without signs that have no place in one."""
    kept = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable())
    return kept[-LONGEST_NAME:] or "监督问题清单.xlsx"


def _year(typed: str) -> int:
    known = {choice.value for choice in year_choices()}
    return int(typed) if typed in known else clock().today().year - 1


def _choose(year: int, message: str = "") -> str:
    return render_template(
        "oversight/finding_import.html",
        year=year,
        years=year_choices(),
        message=message,
        layout=FINDING_LAYOUT,
    )


def _previewed(year: int, digest: str, name: str, outcome: ImportOutcome) -> str:
    return render_template(
        "oversight/finding_import_preview.html",
        year=year,
        digest=digest,
        name=name,
        outcome=outcome,
    )
