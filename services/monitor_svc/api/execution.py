"""Budget execution by API: import, projects, payments, imported files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.monitor_svc.api.execution_schemas import (
    BatchQuery,
    BatchSchema,
    ExecutionQuery,
    ImportOutcomeSchema,
    ImportQuery,
    PaymentQuery,
    PaymentSchema,
    ProjectExecutionSchema,
)
from services.monitor_svc.api.shown import payment_json
from services.monitor_svc.queries.execution import (
    ExecutionFilter,
    ProjectExecution,
    list_batches,
    list_execution,
    list_payments,
)
from services.monitor_svc.store.projects import PaymentBatchRow
from services.monitor_svc.usecases.import_payments import ImportPayments, import_payments
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.sheets.outcome import ImportFile
from shared.web.api import Given, Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

execution = Blueprint("api_execution", __name__, url_prefix="/api/v1")


@execution.get("/execution")
@permission("monitoring.execution.view")
@reads("项目预算执行", reply=ProjectExecutionSchema, query=ExecutionQuery, many=True)
def list_projects(session: Session, actor: Actor, query: Given) -> Page[ProjectExecution]:
    """Return a page of projects with what was paid until a day."""
    cursor, limit = query.pop("cursor"), query.pop("limit")
    return list_execution(session, actor, _wanted(query), cursor=cursor, limit=limit)


@execution.get("/payments")
@permission("monitoring.execution.view")
@reads("国库支付", reply=PaymentSchema, query=PaymentQuery, many=True)
def list_paid(session: Session, actor: Actor, query: Given) -> Page[Any]:
    """Return a page of payments, the latest day first."""
    cursor, limit, code = query.pop("cursor"), query.pop("limit"), query.pop("project_code")
    page = list_payments(
        session, actor, _wanted(query), project_code=code, cursor=cursor, limit=limit
    )
    return Page(tuple(payment_json(*row) for row in page.items), page.next_cursor)


@execution.get("/execution/imports")
@permission("monitoring.execution.view")
@reads("国库支付导入记录", reply=BatchSchema, query=BatchQuery, many=True)
def list_imports(session: Session, actor: Actor, query: Given) -> Page[PaymentBatchRow]:
    """Return a page of the files taken in, the newest first."""
    return list_batches(session, actor, query.pop("year"), **query)


@execution.post("/execution/imports")
@permission("monitoring.execution.import")
@changes("导入国库支付明细", reply=ImportOutcomeSchema, query=ImportQuery, upload=True)
def import_file(uow: UnitOfWork, actor: Actor, query: Given, upload: FileStorage) -> Reply:
    """Take payments in; the same file again changes nothing. A dry run only tells."""
    file = ImportFile(upload.read(), upload.filename or "", query["dry_run"])
    command = ImportPayments(query["year"], file)
    return Reply(import_payments(uow, current_resources().clock, actor, command))


def _wanted(query: Given) -> ExecutionFilter:
    until = query.pop("until") or current_resources().clock.today()
    return ExecutionFilter(query["year"], until, query["text"], query["office"])
