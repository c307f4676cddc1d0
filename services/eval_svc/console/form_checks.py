"""形式审查: one file checked at once, many in the background, results narrowed and exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.findings import TONES, shown_findings, verdict_badge
from services.eval_svc.console.years import year_choices
from services.eval_svc.queries.form_results import (
    ResultFilter,
    every_result,
    find_result,
    forms_of_year,
    list_results,
)
from services.eval_svc.store.form_batches import (
    FormBatchRow,
    FormResultRow,
)
from services.eval_svc.usecases.check_files import check_file
from services.eval_svc.usecases.listing_forms import TITLE, ListedForm, as_excel, listed
from services.eval_svc.usecases.start_form_batch import StartFormBatch, start_form_batch
from shared.access.rights import is_allowed, require
from shared.batches import batches_of, find_batch
from shared.errors import InvalidInputError, NotFoundError
from shared.files.bundles import LARGEST, Bundled, files_in, is_zip
from shared.terms import labels
from shared.terms.batches import BatchProgress
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Badge, BatchState, Choice, Link
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.years import year_in

pages = Blueprint("form_check_pages", __name__, template_folder="templates")

BATCH = "evaluation.form_check.batch"
MOST_SHOWN = 50
FILTERS = ("verdict", "severity", "code", "unit")
STARTED = "已开始核对，可以离开本页，稍后再来查看。"
GAVE_UP = "系统没有核对完；请重新发起，仍不成功请联系系统管理员。"
COLUMNS = (
    Column("file", "文件", "link", frozen=True, width="wide"),
    Column("form", "表", width="wide"),
    Column("unit", "单位", width="medium"),
    Column("verdict", "结论", "badge"),
    Column("first", "首要发现", width="medium"),
    Column("errors", "错误", "number", sortable=True, width="narrow"),
    Column("warnings", "疑点", "number", sortable=True, width="narrow"),
    Column("notices", "提示", "number", width="narrow"),
    Column("year", "年度", width="narrow"),
)
BATCHES = (
    Column("title", "内容", "link", frozen=True, width="wide"),
    Column("started", "发起时间", "datetime"),
    Column("state", "状态", "badge"),
    Column("total", "共", "number"),
    Column("done", "已核对", "number"),
    Column("failed", "无法读取", "number"),
)
_STATES: Mapping[str, Any] = {"waiting": "grey", "running": "blue", "done": "green"}


@pages.get("/form-checks")
@permission("evaluation.form_check.run")
def show() -> str:
    """Offer the upload; show the account's batches."""
    return _page()


@pages.post("/form-checks")
@permission("evaluation.form_check.run")
def check() -> str | BaseResponse | tuple[str, int]:
    """Check one file at once and keep nothing; queue several files or a ZIP."""
    given = [each for each in request.files.getlist("file") if each.filename]
    try:
        files = [each for storage in given for each in _bundled(storage)]
        if len(files) == 1 and not files[0].why:
            forms = [listed(form) for form in check_file(files[0].content, files[0].name)]
            return render_template("evaluation/form_check.html", forms=list(map(_shown, forms)))
        if not files:
            return _page("没有可以核对的文件；请选择自评表，或一个 ZIP 压缩包。"), 422
        require(current_actor(), BATCH)
        title = given[0].filename or "" if len(given) == 1 else f"{len(files)}个文件"
        return _started(StartFormBatch(title, files))
    except InvalidInputError as error:
        return _page(error.problems[0].message), 422


@pages.post("/form-checks/campaign")
@permission(BATCH)
def check_campaign() -> BaseResponse | tuple[str, int]:
    """Queue every self-evaluation of a year that was handed in."""
    year = year_in(request.form.get("year", "")) or clock().today().year - 1
    with database().read() as session:
        forms = forms_of_year(session, current_actor(), year)
    try:
        return _started(StartFormBatch(f"{year}年度单位自评", year=year, forms=forms))
    except InvalidInputError:
        return _page(f"{year}年度还没有已报送的单位自评。"), 422


@pages.get("/form-checks/<uuid:batch_id>")
@permission(BATCH)
def show_batch(batch_id: UUID) -> str | BaseResponse:
    """Show how far a batch is and one page of its results; with `format=xlsx` all of them."""
    batch = _own(batch_id)
    view = list_view(
        request.path, request.args, columns=COLUMNS, filters=_filters(), default_sort="file"
    )
    wanted = ResultFilter(**{key: view.value(key) for key in FILTERS})
    with database().read() as session:
        if request.args.get("format") == "xlsx":
            content = as_excel(map(_listed, every_result(session, batch, wanted)))
            return attachment(content, f"{TITLE}（{batch.title}）.xlsx")
        page = list_results(
            session, batch, wanted, sort=view.sort, cursor=view.cursor, limit=view.limit
        )
        rows = [_row(each) for each in page.items]
    return render_template(
        "evaluation/form_batch.html",
        batch=batch,
        state=_state(batch),
        view=view,
        rows=rows,
        next_cursor=page.next_cursor,
    )


@pages.get("/form-checks/<uuid:batch_id>/status")
@permission(BATCH)
def show_status(batch_id: UUID) -> str:
    """Show the moving piece of the batch page."""
    return render_template("evaluation/form_batch_status.html", state=_state(_own(batch_id)))


@pages.get("/form-checks/<uuid:batch_id>/<int:position>/<int:number>")
@permission(BATCH)
def show_result(batch_id: UUID, position: int, number: int) -> str:
    """Show what was found on one form of a batch."""
    batch = _own(batch_id)
    with database().read() as session:
        found = find_result(session, batch, position, number)
        if found is None:
            raise NotFoundError
        shown = _shown(_listed(found))
    return render_template(
        "evaluation/form_check.html", forms=[shown], batch=batch, original=_original(found)
    )


def _bundled(storage: FileStorage) -> list[Bundled]:
    content, name = storage.read(), storage.filename or "自评表"
    if is_zip(content):
        storage.stream.seek(0)
        return list(files_in(storage.stream))
    if len(content) > LARGEST:
        return [Bundled(name, why=f"文件超过 {LARGEST // 1024 // 1024} MB，没有读入。")]
    return [Bundled(name, content)]


def _started(command: StartFormBatch) -> BaseResponse:
    with database().begin() as uow:
        batch = start_form_batch(uow, clock(), current_actor(), command)
        here = link("evaluation.form_batch", id=batch.batch_id)
    return redirect_with_notice(here, STARTED)


def _page(message: str = "") -> str:
    actor = current_actor()
    view = list_view(link("evaluation.form_checks"), request.args, columns=BATCHES)
    may_batch = is_allowed(actor, BATCH)
    rows = []
    if may_batch:
        with database().read() as session:
            found = batches_of(session, FormBatchRow, actor, MOST_SHOWN)
            rows = [_batch_row(each) for each in found]
    return render_template(
        "evaluation/form_checks.html",
        message=message,
        view=view,
        rows=rows,
        may_batch=may_batch,
        years=year_choices(),
    )


def _own(batch_id: UUID) -> FormBatchRow:
    with database().read() as session:
        return find_batch(session, FormBatchRow, current_actor(), batch_id)


def _filters() -> tuple[Filter, ...]:
    verdicts = [*choices_of("verdict"), Choice("unreadable", "无法读取")]
    return (
        Filter("verdict", "结论", choices=verdicts),
        Filter("severity", "最重程度", choices=choices_of("severity")),
        Filter("code", "发现", choices=choices_of("form_check_code")),
        Filter("unit", "单位", "text", placeholder="单位名称"),
    )


def _state(batch: FormBatchRow) -> BatchState:
    here = link("evaluation.form_batch", id=batch.batch_id)
    is_over = batch.state in (BatchProgress.DONE, BatchProgress.FAILED)
    failures = ((batch.title, GAVE_UP),) if batch.state == BatchProgress.FAILED else ()
    return BatchState(
        batch.title,
        batch.total,
        batch.done,
        batch.failed,
        f"{here}/status",
        is_over,
        here,
        failures,
    )


def _batch_row(batch: FormBatchRow) -> dict[str, Any]:
    tone = _STATES.get(batch.state, "red")
    return {
        "title": Link(batch.title, link("evaluation.form_batch", id=batch.batch_id)),
        "started": batch.started_at,
        "state": Badge(labels("batch_progress")[batch.state], tone),
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
    }


def _row(result: FormResultRow) -> dict[str, Any]:
    here = link("evaluation.form_batch", id=result.batch_id)
    findings = result.report["findings"]
    first = next((each for each in findings if each["severity"] == result.worst), None)
    return {
        "file": Link(result.file_name, f"{here}/{result.position}/{result.number}"),
        "form": result.title,
        "unit": result.unit_name,
        "year": str(result.form_year or ""),
        "verdict": verdict_badge(result.verdict, is_short=True),
        "errors": result.errors,
        "warnings": result.warnings,
        "notices": result.notices,
        "first": result.why or (labels("form_check_code")[first["code"]] if first else ""),
    }


def _listed(result: FormResultRow) -> ListedForm:
    return ListedForm(
        result.file_name,
        result.title,
        result.unit_name,
        result.form_year,
        result.verdict,
        result.why,
        result.report,
    )


def _shown(form: ListedForm) -> dict[str, Any]:
    counts = [
        Badge(f"{labels('severity')[severity]} {count}", TONES[severity])
        for severity in labels("severity")
        if (count := sum(each["severity"] == severity for each in form.report["findings"]))
    ]
    return {
        "form": form,
        "badge": verdict_badge(form.verdict),
        "counts": counts,
        "findings": shown_findings(form.report["findings"]),
        "unchecked": form.report["unchecked"],
        "problems": form.report["problems"],
    }


def _original(result: FormResultRow) -> str:
    """Return the self-evaluation a result is about; empty for a file."""
    if result.self_evaluation_id is None or result.form_year is None:
        return ""
    return link("evaluation.self_evaluation", year=result.form_year, id=result.self_evaluation_id)
