"""Monitoring reports by API: list, one, fill, submit, review, paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from services.monitor_svc.api.schemas import (
    FillSchema,
    ReferralSchema,
    ReportQuery,
    ReportSchema,
    ReportSummarySchema,
    ReviewSchema,
    SubmissionSchema,
)
from services.monitor_svc.api.shown import report_json
from services.monitor_svc.domain.states import ReportAct
from services.monitor_svc.queries.report_detail import report_detail
from services.monitor_svc.queries.reports import ReportFilter, list_reports
from services.monitor_svc.store.reports import report_indicators
from services.monitor_svc.usecases.fill_report import FilledValue, FillReport, fill_report
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey
from services.monitor_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.monitor_svc.usecases.refer_problem import ReferProblem, refer_problem
from services.monitor_svc.usecases.review_report import ReviewReport, review_report
from services.monitor_svc.usecases.submit_report import SubmitReport, submit_report
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.duties.schemas import PaperSchema
from shared.files.uploads import use_upload
from shared.web.api import Given, Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

reports = Blueprint("api_reports", __name__, url_prefix="/api/v1/reports")
ONE = "/<int:year>/<uuid:report_id>"


@reports.get("")
@permission("monitoring.report.view")
@reads("绩效运行监控表列表", reply=ReportSummarySchema, query=ReportQuery, many=True)
def list_all(session: Session, actor: Actor, query: Given) -> Page[Any]:
    """Return a page of the reports in the actor's scope, the nearest due date first."""
    cursor, limit = query.pop("cursor"), query.pop("limit")
    is_overdue = query.pop("overdue")
    wanted = ReportFilter(
        fiscal_year=query.pop("year"),
        overdue_on=current_resources().clock.today() if is_overdue else None,
        **query,
    )
    page = list_reports(session, actor, wanted, cursor=cursor, limit=limit)
    return Page(tuple(report_json(*row) for row in page.items), page.next_cursor)


@reports.get(ONE)
@permission("monitoring.report.view")
@reads("绩效运行监控表", reply=ReportSchema)
def get_one(session: Session, actor: Actor, year: int, report_id: UUID) -> Reply:
    """Return one report with its indicators."""
    detail = report_detail(session, actor, year, report_id)
    shown = report_json(detail.report, detail.project, detail.unit, detail.indicators)
    return Reply(shown, version=detail.report.version)


@reports.put(ONE)
@permission("monitoring.report.fill")
@changes("保存监控表草稿", reply=ReportSchema, body=FillSchema, versioned=True)
def fill(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, report_id: UUID
) -> Reply:
    """Keep the draft; money comes from treasury, lights are computed."""
    command = FillReport(
        key=ReportKey(year, report_id, version),
        values=tuple(FilledValue(**value) for value in body.pop("values")),
        causes=tuple(body.pop("causes")),
        **body,
    )
    return _reply(uow, fill_report(uow, current_resources().clock, actor, command))


@reports.post(f"{ONE}/submission")
@permission("monitoring.report.submit")
@changes("报送监控表", reply=ReportSchema, body=SubmissionSchema, versioned=True)
def submit(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, report_id: UUID
) -> Reply:
    """Hand the report in with its signature; each time it gets a new version code."""
    use_upload(uow, current_resources().clock, actor, body["scan_digest"])
    command = SubmitReport(ReportKey(year, report_id, version), **body)
    return _reply(uow, submit_report(uow, current_resources().clock, actor, command))


@reports.post(f"{ONE}/reviews")
@permission("monitoring.report.view")
@changes("审核监控表", reply=ReportSchema, body=ReviewSchema, versioned=True)
def review(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, report_id: UUID
) -> Reply:
    """Pass, return, conclude, order or verify a correction; who may is told by the state."""
    key = ReportKey(year, report_id, version)
    command = ReviewReport(key, ReportAct(body["act"]), body["opinion"], body["pay_advice"])
    return _reply(uow, review_report(uow, current_resources().clock, actor, command))


@reports.post(f"{ONE}/problems")
@permission("monitoring.problem.refer")
@changes("移交监控发现的问题", reply=ReportSchema, body=ReferralSchema, versioned=True)
def refer(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, report_id: UUID
) -> Reply:
    """Hand a problem to oversight, which registers it as a finding."""
    command = ReferProblem(ReportKey(year, report_id, version), **body)
    return _reply(uow, refer_problem(uow, current_resources().clock, actor, command))


@reports.post(f"{ONE}/paper")
@permission("monitoring.report.receive_paper")
@changes("登记收到纸质件", reply=ReportSchema, body=PaperSchema, versioned=True)
def take_paper(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, report_id: UUID
) -> Reply:
    """Record the paper copy; an older version code is refused."""
    clock = current_resources().clock
    received_on = body["received_on"] or clock.today()
    key = ReportKey(year, report_id, version)
    command = ReceivePaper(key, body["print_code"], received_on)
    return _reply(uow, receive_paper(uow, clock, actor, command))


def _reply(uow: UnitOfWork, loaded: LoadedReport) -> Reply:
    report = loaded.report
    rows = report_indicators(uow.session, report)
    shown = report_json(report, loaded.project, loaded.unit, rows)
    return Reply(shown, version=report.version)
