"""Everything one report's page shows, and the report a printed version code belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.monitor_svc.queries.reports import ReportFilter, report_rows
from services.monitor_svc.store.finding_copies import FindingCopyRow
from services.monitor_svc.store.problems import ReportProblemRow, report_problems
from services.monitor_svc.store.projects import PaymentRow, ProjectCopyRow, executed_until
from services.monitor_svc.store.reports import (
    ExtensionRow,
    ReportIndicatorRow,
    ReportReviewRow,
    ReportRow,
    ReportSubmissionRow,
    report_indicators,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.duties.findings import finding_copies
from shared.errors import NotFoundError
from shared.terms.vocabulary import FindingSource
from shared.web.years import year_in

LAST_PAYMENTS = 12


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A report with all that hangs on it; `executed_now` is what treasury has by the as-of day.

    `findings` tells by key where the problems stand that were referred to oversight.
    """

    report: ReportRow
    project: ProjectCopyRow
    unit: UnitRow
    indicators: Sequence[ReportIndicatorRow]
    reviews: Sequence[ReportReviewRow]
    submissions: Sequence[ReportSubmissionRow]
    extensions: Sequence[ExtensionRow]
    payments: Sequence[PaymentRow]
    executed_now: Decimal
    problems: Sequence[ReportProblemRow]
    findings: Mapping[str, FindingCopyRow]


def report_detail(session: Session, actor: Actor, year: int, report_id: UUID) -> ReportDetail:
    """Return the page's content; raise `NotFoundError` outside the actor's scope."""
    query = report_rows(actor, ReportFilter(year)).where(ReportRow.report_id == report_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    report, project, unit = found
    executed = executed_until(session, report.region_code, year, report.project_id, report.as_of)
    problems = report_problems(session, report)
    keys = [problem.source_key for problem in problems]
    return ReportDetail(
        report=report,
        project=project,
        unit=unit,
        indicators=report_indicators(session, report),
        reviews=_of(session, ReportReviewRow, report, ReportReviewRow.review_id),
        submissions=_of(session, ReportSubmissionRow, report, ReportSubmissionRow.submission_id),
        extensions=_of(session, ExtensionRow, report, ExtensionRow.extension_id),
        payments=_payments(session, report),
        executed_now=executed,
        problems=problems,
        findings=finding_copies(
            session,
            FindingCopyRow,
            report.region_code,
            year,
            FindingSource.MONITORING,
            keys,
        ),
    )


def report_indicator_rows(
    session: Session, actor: Actor, year: int, report_id: UUID
) -> tuple[ReportRow, ProjectCopyRow, Sequence[ReportIndicatorRow]]:
    """Return a report of the actor's scope with its project and indicators only."""
    query = report_rows(actor, ReportFilter(year)).where(ReportRow.report_id == report_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1], report_indicators(session, found[0])


def find_by_print_code(
    session: Session, actor: Actor, print_code: str
) -> tuple[ReportRow, ProjectCopyRow, UnitRow] | None:
    """Return the report a version code was printed for, by the latest or an older submission."""
    typed, _, number = print_code.partition("-")
    year = year_in(typed)
    if year is None or not number:
        return None
    printed = (
        select(ReportSubmissionRow.report_id)
        .where(
            ReportSubmissionRow.region_code == actor.scope.region,
            ReportSubmissionRow.fiscal_year == year,
            ReportSubmissionRow.print_code == print_code,
        )
        .limit(1)
        .scalar_subquery()
    )
    query = report_rows(actor, ReportFilter(year)).where(ReportRow.report_id == printed)
    return session.execute(query).one_or_none()


def _of(session: Session, kind: Any, report: ReportRow, order: Any) -> Sequence[Any]:  # noqa: ANN401
    query = (
        select(kind)
        .where(
            kind.region_code == report.region_code,
            kind.fiscal_year == report.fiscal_year,
            kind.report_id == report.report_id,
        )
        .order_by(order)
    )
    return session.scalars(query).all()


def _payments(session: Session, report: ReportRow) -> Sequence[PaymentRow]:
    query = (
        select(PaymentRow)
        .where(
            PaymentRow.region_code == report.region_code,
            PaymentRow.fiscal_year == report.fiscal_year,
            PaymentRow.project_id == report.project_id,
            PaymentRow.paid_on <= report.as_of,
        )
        .order_by(PaymentRow.paid_on.desc(), PaymentRow.voucher_number.desc())
        .limit(LAST_PAYMENTS)
    )
    return session.scalars(query).all()
