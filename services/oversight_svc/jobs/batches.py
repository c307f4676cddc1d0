"""Works on one batch of the ledger: acts in small pieces, an export in one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import IO, Any
from uuid import UUID

import structlog
from sqlalchemy import delete

from services.oversight_svc.domain.ledger import BatchKind, LedgerKey, key_from
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.queries.ledger_export import ExportQuestion, write_ledger
from services.oversight_svc.store.findings import find_finding
from services.oversight_svc.store.ledger_batches import (
    LedgerBatchRow,
    LedgerFileRow,
)
from services.oversight_svc.usecases.assign_findings import AssignFinding, assign_finding
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.urge_findings import UrgeFindings, urge_findings
from shared.access.actor import Actor
from shared.batches import claim_batch, keep_claim, own_batch
from shared.clock import Clock
from shared.db.unit_of_work import Database, UnitOfWork
from shared.errors import InvalidInputError, WenxiaoError
from shared.runtime.module import Job
from shared.terms.batches import BatchProgress

PIECE = 20
MOST_ATTEMPTS = 3
KEEP_DAYS = 7
GAVE_UP = "系统多次尝试仍未完成，没有办理的问题保持原样；请稍后重新发起，仍不成功请联系系统管理员。"

_LOG = structlog.get_logger(__name__)
OneAct = Callable[[UnitOfWork, Clock, Actor, LedgerKey, Mapping[str, Any]], object]


def work_on_batch(database: Database) -> bool:
    """Claim the oldest waiting batch and finish it; false when none waits."""
    with database.begin() as uow:
        batch = claim_batch(uow.session, LedgerBatchRow)
    if batch is None:
        return False
    try:
        if batch.attempts > MOST_ATTEMPTS:
            _finish(database, batch, BatchProgress.FAILED, ("", GAVE_UP))
        elif batch.kind == BatchKind.EXPORT:
            _export(database, batch)
        else:
            _act(database, batch)
    except Exception as error:  # noqa: BLE001 (told to who started it)
        _LOG.exception("ledger batch failed", batch=str(batch.batch_id))
        reason = error.message if isinstance(error, WenxiaoError) else GAVE_UP
        _finish(database, batch, BatchProgress.FAILED, ("", reason))
    return True


def _act(database: Database, batch: LedgerBatchRow) -> None:
    """Do the act with each finding; count and act commit together, so none is done twice."""
    act = ACTS[BatchKind(batch.kind)]
    actor = Actor.from_claims(batch.actor, str(batch.batch_id))
    keys = [key for text in batch.command["keys"] if (key := key_from(text)) is not None]
    while True:
        with database.begin() as uow:
            row = own_batch(uow.session, batch)
            if row is None:
                return
            at = row.done + row.failed
            piece = keys[at : at + PIECE]
            if not piece:
                _end(row, database.clock, BatchProgress.DONE)
                return
            refused = [
                failure
                for key in piece
                if (failure := _one(uow, database.clock, actor, key, row.command, act))
            ]
            row.done += len(piece) - len(refused)
            row.failed += len(refused)
            row.failures = [*row.failures, *refused]
            keep_claim(row)


def _one(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    key: LedgerKey,
    command: Mapping[str, Any],
    act: OneAct,
) -> dict[str, Any] | None:
    """Do the act with one finding in a savepoint of its own; return why it was refused."""
    try:
        with uow.savepoint():
            act(uow, clock, actor, key, command)
            uow.session.flush()
    except InvalidInputError as error:
        why = "".join(problem.message for problem in error.problems)
    except WenxiaoError as error:
        why = error.message
    else:
        return None
    finding = find_finding(uow.session, actor.scope.region, key.fiscal_year, key.finding_id)
    return {"what": f"{finding.number} {finding.title}" if finding else "问题", "why": why}


def _export(database: Database, batch: LedgerBatchRow) -> None:
    actor = Actor.from_claims(batch.actor, str(batch.batch_id))
    question = ExportQuestion.from_json(batch.command)

    def tell(count: int) -> None:
        with database.begin() as uow:
            row = own_batch(uow.session, batch)
            if row is None:
                raise TakenOverError
            row.done = count
            keep_claim(row)

    with tempfile.TemporaryFile() as file:
        try:
            with database.read() as session:
                write_ledger(session, database.clock, actor, question, file, tell)
        except TakenOverError:
            return
        _keep_file(database, batch, file)


def _keep_file(database: Database, batch: LedgerBatchRow, file: IO[bytes]) -> None:
    file.seek(0)
    with database.begin() as uow:
        row = own_batch(uow.session, batch)
        if row is None:
            return
        uow.session.add(
            LedgerFileRow(
                region_code=row.region_code,
                fiscal_year=row.fiscal_year,
                batch_id=row.batch_id,
                file_name=f"{row.title}.xlsx",
                content=file.read(),
            )
        )
        row.done = row.total
        _end(row, database.clock, BatchProgress.DONE)


def _finish(
    database: Database, batch: LedgerBatchRow, state: BatchProgress, failure: tuple[str, str]
) -> None:
    with database.begin() as uow:
        row = own_batch(uow.session, batch)
        if row is not None:
            what, why = failure
            row.failures = [*row.failures, {"what": what or row.title, "why": why}]
            _end(row, database.clock, state)


def _end(row: LedgerBatchRow, clock: Clock, state: BatchProgress) -> None:
    row.state = state.value
    row.claimed_until = None
    row.finished_at = clock.now()


class TakenOverError(Exception):
    """Another process works on the batch now: this one was too slow."""


def prune_batches(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:  # noqa: ARG001 (a job act)
    """Delete batches and their files a week after they were started."""
    before = clock.now() - timedelta(days=KEEP_DAYS)
    old = LedgerBatchRow.started_at < before
    uow.session.execute(
        delete(LedgerFileRow).where(
            LedgerFileRow.region_code == LedgerBatchRow.region_code,
            LedgerFileRow.fiscal_year == LedgerBatchRow.fiscal_year,
            LedgerFileRow.batch_id == LedgerBatchRow.batch_id,
            old,
        )
    )
    uow.session.execute(delete(LedgerBatchRow).where(old))


PRUNE_BATCHES = Job("oversight.ledger.prune_batches", 86_400, prune_batches)


def _assign(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: LedgerKey, command: Mapping[str, Any]
) -> object:
    wanted = AssignFinding(_finding(key), UUID(command["account_id"]))
    return assign_finding(uow, clock, actor, wanted)


def _finding(key: LedgerKey) -> FindingKey:
    return FindingKey(key.fiscal_year, key.finding_id)


def _extend(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: LedgerKey, command: Mapping[str, Any]
) -> object:
    wanted = ExtendFindings(
        date.fromisoformat(command["due_on"]),
        command["document_number"],
        command["reason"],
        keys=(_finding(key),),
    )
    return extend_findings(uow, clock, actor, wanted)


def _remind(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: LedgerKey, command: Mapping[str, Any]
) -> object:
    wanted = UrgeFindings((_finding(key),), UrgingMeans.TEXT, note=command["note"])
    return urge_findings(uow, clock, actor, wanted)


ACTS: Mapping[BatchKind, OneAct] = {
    BatchKind.REMIND: _remind,
    BatchKind.EXTEND: _extend,
    BatchKind.ASSIGN: _assign,
}
