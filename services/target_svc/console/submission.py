"""报送: commitment, signature, scan; the scan is served only where it was submitted; printing."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import as_form_problem
from services.target_svc.console.forms import SubmitForm
from services.target_svc.console.review_view import review_rows
from services.target_svc.console.showing import due_of
from services.target_svc.domain.states import TargetState
from services.target_svc.queries.target_view import (
    TargetView,
    find_target_line,
    history_of,
    submissions_of,
    view_target,
)
from services.target_svc.usecases.keep_upload import keep_upload
from services.target_svc.usecases.loading import TargetKey
from services.target_svc.usecases.save_target import target_content
from services.target_svc.usecases.submit_target import SubmitTarget, submit_target
from shared.calendar_store import load_calendar
from shared.errors import (
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    RuleBrokenError,
    StaleVersionError,
)
from shared.files.uploads import find_upload, use_upload
from shared.terms import label
from shared.web.console.files import show_file
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Choice, Link
from shared.web.files import current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint(
    "target_submission",
    __name__,
    template_folder="templates",
    url_prefix="/targets/<int:year>/<uuid:target_id>",
)

KINDS = (Choice("signed_scan", "签字盖章扫描件"), Choice("e_seal", "电子签章文件"))
CONTENT_FIELDS = ("annual_goal", "midterm_goal", "indicators")


@pages.get("/submit")
@permission("target.target.submit")
def submit_page(year: int, target_id: UUID) -> str:
    """Ask for commitment, signer and scan."""
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        start = {"signer_name": view.unit.head_name, "signature_kind": "signed_scan"}
        return _draw(session, view, blank(SubmitForm(), start))


@pages.post("/submit")
@permission("target.target.submit")
def submit(year: int, target_id: UUID) -> BaseResponse | tuple[str, int]:
    """Submit; a scan sent along is kept first, so that a refused form need not send it again."""
    form, status = bind(SubmitForm(), request.form), 422
    try:
        _keep_scan(form)
        if form.is_valid:
            command = SubmitTarget(TargetKey(year, target_id, typed_version()), **form.data)
            with database().begin() as uow:
                use_upload(uow, clock(), current_actor(), command.scan_digest)
                target = submit_target(uow, clock(), current_actor(), command).target
            text = f"已报送，现为「{label('target_state', target.state)}」。"
            text += "本次为逾期报送，已作标记。" if target.is_late else ""
            return redirect_with_notice(link("target.target", year=year, id=target_id), text)
    except InvalidInputError as error:
        form.refuse(error)
    except (StaleVersionError, RuleBrokenError) as error:
        form.refuse(as_form_problem(error))
        status = 412 if isinstance(error, StaleVersionError) else 409
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        return _draw(session, view, form), status


@pages.get("/scans/<digest>")
@permission("target.target.view")
def scan(year: int, target_id: UUID, digest: str) -> BaseResponse | str:
    """Show a signed scan to who may see the target, and only a scan submitted with it."""
    with database().read() as session:
        line = find_target_line(session, current_actor(), year, target_id)
        known = {each.scan_digest for each in submissions_of(session, line.target)}
        name = line.project.name
    if digest not in known:
        raise NotFoundError
    crumbs = [Link(name, link("target.target", year=year, id=target_id))]
    return show_file(digest, f"{name}绩效目标签字件", crumbs=crumbs)


@pages.get("/print")
@permission("target.target.view")
def print_page(year: int, target_id: UUID) -> str:
    """Show the form as it is printed on A4, with the version code the counter checks."""
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        submissions = submissions_of(session, view.target)
    is_draft = view.target.state == TargetState.DRAFT
    return render_template(
        "target/print.html",
        view=view,
        target=view.target,
        project=view.project,
        rows=[row for row in review_rows(view) if row["weight"]],
        code=version_code(view),
        # A draft is signed anew, whoever signed what was sent back.
        submission=submissions[-1] if submissions and not is_draft else None,
    )


def version_code(view: TargetView) -> str:
    """Return the code printed on paper: it changes with the content, not with the state.

    So a paper signed before the submission still fits afterwards, and an old one does not.
    """
    rows = [row.to_domain() for row in view.indicators]
    text = json.dumps(target_content(view.target, rows), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{view.project.code}-{digest[:8].upper()}"


def _keep_scan(form: Form) -> None:
    """Keep the scan that came with the form and let the form name it from now on."""
    upload = request.files.get("scan")
    if upload is None or not upload.filename:
        return
    with database().begin() as uow:
        source = (upload.stream, upload.filename)
        kept = keep_upload(uow, clock(), current_actor(), current_store(), source)
    form.typed["scan_digest"] = (kept.digest,)
    form.data["scan_digest"] = kept.digest


def _draw(session: Session, view: TargetView, form: Form) -> str:
    target = view.target
    kept = find_upload(session, current_actor(), form.value("scan_digest"))
    # What is wrong with the content is mended on the form's page, not here.
    content = [each for each in form.problems if each.path.split(".")[0] in CONTENT_FIELDS]
    form.problems = tuple(each for each in form.problems if each not in content)
    if content and not form.problems:
        message = f"目标内容还有 {len(content)} 处不符合要求，请先回去修改。"
        form.refuse(InvalidInputError([FieldProblem("", "content", message)]))
    return render_template(
        "target/submit.html",
        view=view,
        target=target,
        project=view.project,
        form=form,
        kept=kept,
        content=content,
        kinds=KINDS,
        rows=[row for row in review_rows(view) if row["weight"]],
        due=due_of(history_of(session, target).task, load_calendar(session), clock().today()),
        here=link("target.target", year=target.fiscal_year, id=target.target_id),
    )
