"""Work of this service that no request waits for: many forms checked at once.

A file is opened and checked outside any transaction; its results and the count of files done
commit together, so that a process that dies loses nothing and repeats at most one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from services.eval_svc.domain.form_batches import FormBatchKind
from services.eval_svc.domain.form_check.report import Severity
from services.eval_svc.queries.self_evaluations import FormFilter, form_rows
from services.eval_svc.store.form_batches import (
    FormBatchRow,
    FormResultRow,
    files_of,
    forget_files,
    prune_before,
)
from services.eval_svc.store.self_evaluations import SelfEvaluationRow, funds_of, indicators_of
from services.eval_svc.usecases.check_files import CheckedForm, check_files
from services.eval_svc.usecases.form_document import check_self_evaluation
from services.eval_svc.usecases.listing_forms import listed
from shared.access.actor import Actor
from shared.batches import claim_batch, keep_claim, own_batch
from shared.clock import Clock
from shared.db.unit_of_work import Database, UnitOfWork
from shared.files.bundles import Bundled
from shared.runtime.module import Job, Worker
from shared.terms.batches import BatchProgress

PIECE = 5
MOST_ATTEMPTS = 3
KEEP_DAYS = 30
_GONE = "这份自评已不在您的范围内，没有核对。"

_LOG = structlog.get_logger(__name__)
Found = tuple[CheckedForm, UUID | None]


def work_on_form_batch(database: Database) -> bool:
    """Claim the oldest waiting batch and finish it; false when none waits."""
    with database.begin() as uow:
        batch = claim_batch(uow.session, FormBatchRow)
    if batch is None:
        return False
    try:
        if batch.attempts > MOST_ATTEMPTS:
            _end(database, batch, BatchProgress.FAILED)
        else:
            while _piece(database, batch):
                pass
    except Exception:  # noqa: BLE001 (the batch says that it failed, the log why)
        _LOG.exception("form batch failed", batch=str(batch.batch_id))
        _end(database, batch, BatchProgress.FAILED)
    return True


def _piece(database: Database, batch: FormBatchRow) -> bool:
    """Check the next few files; false when there are none or another process has taken over."""
    with database.begin() as uow:
        row = own_batch(uow.session, batch)
        if row is None:
            return False
        keep_claim(row)
        at = row.done + row.failed
        is_over = at >= row.total
    if is_over:
        _end(database, batch, BatchProgress.DONE)
        return False
    found = _checked(database, batch, at)
    with database.begin() as uow:
        row = own_batch(uow.session, batch)
        if row is None or row.done + row.failed != at:
            return False
        for position, forms in enumerate(found, at):
            uow.session.add_all(
                _result(batch, position, number, each) for number, each in enumerate(forms, 1)
            )
        failed = sum(all(form.why for form, _ in forms) for forms in found)
        row.failed += failed
        row.done += len(found) - failed
        forget_files(uow.session, row, at + len(found))
    return True


def _checked(database: Database, batch: FormBatchRow, at: int) -> list[list[Found]]:
    if batch.kind == FormBatchKind.CAMPAIGN:
        return _of_campaign(database, batch, at)
    with database.read() as session:
        files = [
            Bundled(row.file_name, row.content, row.why)
            for row in files_of(session, batch, at, PIECE)
        ]
    return [[(form, None) for form in forms] for forms in check_files(files)]


def _of_campaign(database: Database, batch: FormBatchRow, at: int) -> list[list[Found]]:
    actor = Actor.from_claims(batch.actor, str(batch.batch_id))
    wanted = [UUID(text) for text in batch.command["forms"][at : at + PIECE * 10]]
    with database.read() as session:
        query = form_rows(actor, FormFilter(batch.command["year"])).where(
            SelfEvaluationRow.self_evaluation_id.in_(wanted)
        )
        rows = {form.self_evaluation_id: (form, unit.name) for form, unit in session.execute(query)}
        return [[_one(session, rows, each)] for each in wanted]


def _one(session: Session, rows: dict[UUID, tuple[SelfEvaluationRow, str]], key: UUID) -> Found:
    if key not in rows:
        return CheckedForm("单位自评", why=_GONE), None
    form, unit = rows[key]
    report = check_self_evaluation(
        form, funds_of(session, form), indicators_of(session, form), unit
    )
    return CheckedForm(form.name, form.name, unit, form.fiscal_year, report), key


def _result(batch: FormBatchRow, position: int, number: int, found: Found) -> FormResultRow:
    form, key = found
    kept = listed(form)
    codes = {each["code"] for each in kept.report["findings"]}
    return FormResultRow(
        region_code=batch.region_code,
        fiscal_year=batch.fiscal_year,
        batch_id=batch.batch_id,
        position=position,
        number=number,
        file_name=form.file,
        title=form.title,
        unit_name=form.unit_name,
        form_year=form.fiscal_year,
        verdict=form.verdict,
        worst=next((each.value for each in Severity if form.count(each)), ""),
        codes=sorted(codes),
        errors=form.count(Severity.ERROR),
        warnings=form.count(Severity.WARNING),
        notices=form.count(Severity.NOTICE),
        why=form.why,
        report=dict(kept.report),
        self_evaluation_id=key,
    )


def _end(database: Database, batch: FormBatchRow, state: BatchProgress) -> None:
    with database.begin() as uow:
        row = own_batch(uow.session, batch)
        if row is not None:
            row.state = state.value
            row.claimed_until = None
            row.finished_at = database.clock.now()
            forget_files(uow.session, row, row.total)


def prune_form_batches(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:  # noqa: ARG001 (a job act)
    """Delete batches a month after they were started."""
    prune_before(uow.session, clock.now() - timedelta(days=KEEP_DAYS))


JOBS: Sequence[Job] = (Job("evaluation.form_check.prune", 86_400, prune_form_batches),)
WORKERS: Sequence[Worker] = (Worker("form-check-batches", work_on_form_batch),)
