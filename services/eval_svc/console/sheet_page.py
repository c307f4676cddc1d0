"""The WPS round trip of a self-evaluation: out prefilled, back into the form, red cells back."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.form_reading import ReadForm, read_form
from services.eval_svc.console.form_sheet import filled_sheet
from services.eval_svc.console.forms import SelfEvaluationForm
from services.eval_svc.console.page import ONE, render_page
from services.eval_svc.queries.detail import form_detail
from services.eval_svc.store.schemes import scheme_for
from services.eval_svc.usecases.keep_upload import keep_upload
from shared.errors import InvalidInputError
from shared.files.uploads import read_upload
from shared.web.console.forms import Form, bind
from shared.web.console.request import clock, database
from shared.web.files import attachment, current_store
from shared.web.identity import current_actor
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_sheet", __name__, template_folder="templates")
_ZIP = b"PK\x03\x04"


@pages.get(f"{ONE}/sheet.xlsx")
@permission("evaluation.self_evaluation.view")
def download(year: int, self_evaluation_id: UUID) -> BaseResponse:
    """Give the form prefilled, to be worked on in WPS or Excel."""
    with database().read() as session:
        detail = form_detail(session, current_actor(), year, self_evaluation_id)
        content = filled_sheet(detail)
        name = detail.form.name
    return attachment(content, f"{name}自评表.xlsx")


@pages.post(f"{ONE}/sheet")
@permission("evaluation.self_evaluation.fill")
def upload(year: int, self_evaluation_id: UUID) -> BaseResponse | str | tuple[str, int]:
    """Put a filled file into the form; nothing is saved, and what else was typed stays."""
    form = bind(SelfEvaluationForm(), request.form)
    source = request.files.get("sheet")
    content, name = (source.read(), source.filename or "") if source else (b"", "")
    try:
        read = _read(content, name, year, self_evaluation_id)
    except InvalidInputError as error:
        form.refuse(error)
        return render_page(year, self_evaluation_id, form=form), 422
    shown = Form(form.schema, _merged(form, read))
    if not read.problems:
        note = "表格已读入，尚未保存；请核对后暂存或报送。"
        return render_page(year, self_evaluation_id, form=shown, note=note)
    shown.refuse(InvalidInputError(read.field_problems))
    digest = _keep(content, name)
    return render_page(year, self_evaluation_id, form=shown, sheet_digest=digest), 422


@pages.post(f"{ONE}/sheet/marked")
@permission("evaluation.self_evaluation.fill")
def marked(year: int, self_evaluation_id: UUID) -> BaseResponse:
    """Give the file that was read back with its doubtful cells red and commented."""
    with database().read() as session:
        content, name = read_upload(
            session, current_actor(), current_store(), request.form.get("sheet_digest", "")
        )
    read = _read(content, name, year, self_evaluation_id)
    return attachment(read.marked(), f"{name.rpartition('.')[0]}（问题标注）.xlsx")


def _read(content: bytes, name: str, year: int, self_evaluation_id: UUID) -> ReadForm:
    with database().read() as session:
        detail = form_detail(session, current_actor(), year, self_evaluation_id)
        scheme = scheme_for(session, detail.form)
        for row in (detail.form, *detail.funds, *detail.indicators):
            session.expunge(row)  # what a file says is shown, not kept
    return read_form(content, name, detail, scheme)


def _merged(form: Form, read: ReadForm) -> dict[str, tuple[str, ...]]:
    """Return what was typed with what the file says over it; its empty cells take nothing away."""
    said = {name: texts for name, texts in read.typed.items() if "".join(texts).strip()}
    return {**read.typed, **form.typed, **said}


def _keep(content: bytes, name: str) -> str:
    """Keep the file for its marked copy, named by what it is: `.et` is one of the two inside."""
    ending = ".xlsx" if content.startswith(_ZIP) else ".xls"
    given = (BytesIO(content), f"{name.rpartition('.')[0] or '自评表'}{ending}")
    with database().begin() as uow:
        return keep_upload(uow, clock(), current_actor(), current_store(), given).digest
