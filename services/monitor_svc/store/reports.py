"""Monitoring reports, their indicators, reviews, submissions, extensions and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.monitor_svc.domain.states import ACCEPTED_STATES, REVIEWING_STATES
from services.monitor_svc.store.base import Base
from shared.db.base import RegionCode
from shared.duties.tables import ContactColumns, DutyColumns, ExtensionColumns


class ReportRow(DutyColumns, Base):
    """One monitoring report: the duty opened by an approved target. Amounts in 元, rates in %."""

    __tablename__ = "monitoring_report"
    KIND = "monitoring.report"
    FORM = "监控表"
    REVIEWING = tuple(sorted(state.value for state in REVIEWING_STATES))
    DONE = tuple(sorted(state.value for state in ACCEPTED_STATES))

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    target_revision: Mapped[int] = mapped_column(SmallInteger)
    project_id: Mapped[UUID]
    as_of: Mapped[date]
    approved_amount: Mapped[Decimal]
    annual_goal: Mapped[str]
    progress: Mapped[str]
    budget: Mapped[Decimal]
    executed: Mapped[Decimal]
    expected_year: Mapped[Decimal | None]
    execution_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    execution_light: Mapped[str] = mapped_column(String(8))
    achievement_light: Mapped[str] = mapped_column(String(8))
    light: Mapped[str] = mapped_column(String(8))
    likelihood: Mapped[str] = mapped_column(String(12))
    causes: Mapped[list[str]]
    cause_note: Mapped[str]
    correction: Mapped[str]
    correction_owner: Mapped[str]
    correction_due_on: Mapped[date | None]

    @property
    def duty_id(self) -> UUID:
        """The report's id."""
        return self.report_id

    __table_args__ = (
        Index(
            "uq_monitoring_report_target",
            "region_code",
            "fiscal_year",
            "target_id",
            "as_of",
            unique=True,
        ),
        Index("ix_monitoring_report_state", "region_code", "fiscal_year", "state", "report_id"),
        Index("ix_monitoring_report_unit", "region_code", "fiscal_year", "unit_id"),
        Index("ix_monitoring_report_project", "region_code", "fiscal_year", "project_id"),
    )


class ReportIndicatorRow(Base):
    """One indicator of a report: the target's value, the value so far, the light."""

    __tablename__ = "report_indicator"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    level1: Mapped[str] = mapped_column(String(20))
    level2: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    operator: Mapped[str] = mapped_column(String(12))
    target_value: Mapped[str]
    unit: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    actual: Mapped[str]
    expected_year: Mapped[str]
    light: Mapped[str] = mapped_column(String(8))
    progress: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    explanation: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["region_code", "fiscal_year", "report_id"],
            [
                "monitoring_report.region_code",
                "monitoring_report.fiscal_year",
                "monitoring_report.report_id",
            ],
        ),
    )


class ReportReviewRow(Base):
    """One review of a report; never changed."""

    __tablename__ = "report_review"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(20))
    reviewed_at: Mapped[datetime]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str]
    post_name: Mapped[str]
    opinion: Mapped[str]
    pay_advice: Mapped[str] = mapped_column(String(12))

    __table_args__ = (
        Index("ix_report_review_report", "region_code", "fiscal_year", "report_id", "review_id"),
    )


class ReportSubmissionRow(Base):
    """One submission with its signature and the content submitted."""

    __tablename__ = "report_submission"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitter_name: Mapped[str]
    signer_name: Mapped[str]
    scan_digest: Mapped[str]
    print_code: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_report_submission_report", "region_code", "fiscal_year", "report_id"),
        Index("ix_report_submission_print_code", "region_code", "fiscal_year", "print_code"),
    )


class ExtensionRow(ExtensionColumns, Base):
    """A due date moved for some units, with its basis document; the old date stays visible."""

    __tablename__ = "extension"

    report_id: Mapped[UUID]

    __table_args__ = (
        Index("ix_extension_report", "region_code", "fiscal_year", "report_id", "extension_id"),
    )


class ContactRow(ContactColumns, Base):
    """One telephone reminder: when, whom, what was said."""

    __tablename__ = "contact"

    __table_args__ = (
        Index("ix_contact_unit", "region_code", "fiscal_year", "unit_id", "contact_id"),
    )


def find_report(
    session: Session, region: str, fiscal_year: int, report_id: UUID, *, lock: bool = False
) -> ReportRow | None:
    """Return one report, locked against change when `lock`."""
    query = select(ReportRow).where(
        ReportRow.region_code == region,
        ReportRow.fiscal_year == fiscal_year,
        ReportRow.report_id == report_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def report_indicators(session: Session, report: ReportRow) -> Sequence[ReportIndicatorRow]:
    """Return a report's indicators in the order of the form."""
    query = (
        select(ReportIndicatorRow)
        .where(
            ReportIndicatorRow.region_code == report.region_code,
            ReportIndicatorRow.fiscal_year == report.fiscal_year,
            ReportIndicatorRow.report_id == report.report_id,
        )
        .order_by(ReportIndicatorRow.position)
    )
    return session.scalars(query).all()
