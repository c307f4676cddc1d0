"""The ledger as Excel, and the account's own exports and batches with their progress."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.ledger import ledger_view, read_places
from services.oversight_svc.domain.ledger import BatchKind
from services.oversight_svc.queries.ledger import count_ledger
from services.oversight_svc.queries.ledger_cells import filter_words
from services.oversight_svc.queries.ledger_export import (
    AT_ONCE,
    TITLE,
    ExportQuestion,
    write_ledger,
)
from services.oversight_svc.queries.ledger_filters import ask
from services.oversight_svc.store.ledger_batches import (
    LedgerBatchRow,
    LedgerFileRow,
)
from services.oversight_svc.usecases.start_ledger_batch import (
    StartLedgerBatch,
    record_export,
    start_ledger_batch,
)
from shared.access.actor import Actor
from shared.batches import batches_of, find_batch
from shared.calendar_store import load_calendar
from shared.errors import NotFoundError
from shared.terms import label
from shared.terms.batches import BatchProgress
from shared.web.console.lists import Column, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Badge, BatchState, Link, Tone
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("ledger_export_pages", __name__, template_folder="templates")

MOST_SHOWN = 100
COLUMNS = (
    Column("title", "内容", "link", frozen=True, width="wide"),
    Column("kind", "类别"),
    Column("started", "发起时间", "datetime"),
    Column("state", "状态", "badge"),
    Column("total", "共（条）", "number"),
    Column("done", "成功（条）", "number"),
    Column("failed", "未办成（条）", "number"),
    Column("file", "文件", "link"),
)
_TONES: dict[str, Tone] = {"waiting": "grey", "running": "blue", "done": "green", "failed": "red"}


@pages.post("/ledger/export")
@permission("oversight.ledger.export")
def export() -> BaseResponse:
    """Hand out a short list at once; write a long one in the background."""
    actor, today = current_actor(), clock().today()
    with database().begin() as uow:
        view = ledger_view(request.form, read_places(uow.session, actor))
        asked = ask(view.values, today, load_calendar(uow.session))
        count = count_ledger(uow.session, actor, asked)
        words = filter_words([chip.label for chip in view.chips()])
        question = ExportQuestion(
            view.values, view.sort, tuple(column.key for column in view.columns), words
        )
        title = f"{TITLE}{today:%Y%m%d}"
        if count > AT_ONCE:
            command = StartLedgerBatch(
                BatchKind.EXPORT, title, total=count, command=question.to_json()
            )
            batch = start_ledger_batch(uow, clock(), actor, command)
            return redirect_with_notice(
                link("oversight.ledger_batch", id=batch.batch_id), "正在生成 Excel，可以离开本页。"
            )
        record_export(uow, actor, title, today.year, count)
    file = BytesIO()
    with database().read() as session:
        write_ledger(session, clock(), actor, question, file)
    return attachment(file.getvalue(), f"{title}.xlsx")


@pages.get("/ledger/batches")
@permission("oversight.ledger.view")
def list_batches() -> str:
    """Show the account's newest exports and batches; they are kept for a week."""
    view = list_view(request.path, request.args, columns=COLUMNS)
    with database().read() as session:
        found = batches_of(session, LedgerBatchRow, current_actor(), MOST_SHOWN)
    return render_template(
        "oversight/ledger_batches.html", view=view, rows=[_row(each) for each in found]
    )


@pages.get("/ledger/batches/<uuid:batch_id>")
@permission("oversight.ledger.view")
def show_batch(batch_id: UUID) -> str:
    """Show how far a batch is."""
    batch = _own(batch_id)
    return render_template("oversight/ledger_batch.html", batch=batch, state=_state(batch))


@pages.get("/ledger/batches/<uuid:batch_id>/status")
@permission("oversight.ledger.view")
def show_batch_status(batch_id: UUID) -> str:
    """Show the moving piece of the batch page."""
    return render_template("oversight/ledger_batch_status.html", state=_state(_own(batch_id)))


@pages.get("/ledger/batches/<uuid:batch_id>/file")
@permission("oversight.ledger.export")
def download(batch_id: UUID) -> BaseResponse:
    """Hand out a finished file to whom it was made for, in the scope it was made with."""
    actor = current_actor()
    batch = _own(batch_id)
    if Actor.from_claims(batch.actor).scope != actor.scope:
        raise NotFoundError
    with database().read() as session:
        file = session.get(LedgerFileRow, (batch.region_code, batch.fiscal_year, batch.batch_id))
        if file is None:
            raise NotFoundError
        return attachment(file.content, file.file_name)


def _own(batch_id: UUID) -> LedgerBatchRow:
    with database().read() as session:
        return find_batch(session, LedgerBatchRow, current_actor(), batch_id)


def _state(batch: LedgerBatchRow) -> BatchState:
    here = link("oversight.ledger_batch", id=batch.batch_id)
    is_file = batch.kind == BatchKind.EXPORT and batch.state == BatchProgress.DONE
    return BatchState(
        batch.title,
        batch.total,
        batch.done,
        batch.failed,
        f"{here}/status",
        batch.state in (BatchProgress.DONE, BatchProgress.FAILED),
        f"{here}/file" if is_file else "",
        tuple((each["what"], each["why"]) for each in batch.failures),
    )


def _row(batch: LedgerBatchRow) -> dict[str, object]:
    here = link("oversight.ledger_batch", id=batch.batch_id)
    is_file = batch.kind == BatchKind.EXPORT and batch.state == BatchProgress.DONE
    return {
        "title": Link(batch.title, here),
        "kind": label("batch_kind", batch.kind),
        "started": batch.started_at,
        "state": Badge(label("batch_progress", batch.state), _TONES[batch.state]),
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
        "file": Link("下载", f"{here}/file", "download") if is_file else None,
    }
