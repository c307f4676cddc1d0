"""Papers and steps of a rectification: notices, reports, evidence, rechecks, urging, extensions.

Rows of these tables are added, never changed, except a notice until it is issued and signed for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.domain.evidence import UNIT_EVIDENCE
from services.oversight_svc.store.base import Base
from services.oversight_svc.store.findings import FindingRow
from shared.db.base import RegionCode


class NoticeRow(Base):
    """A rectification notice (整改通知) to one unit; issued only with number, date and scan."""

    __tablename__ = "notice"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID]
    raised_by: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str]
    contact: Mapped[str]
    issuer: Mapped[str]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID | None]
    drafter_name: Mapped[str]
    document_number: Mapped[str]
    issued_on: Mapped[date | None]
    scan_digest: Mapped[str]
    receipt_due_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    signer_name: Mapped[str]
    signed_scan_digest: Mapped[str]

    __table_args__ = (
        Index("ix_notice_unit", "region_code", "fiscal_year", "unit_id"),
        Index("ix_notice_state", "region_code", "fiscal_year", "state", "notice_id"),
    )


class RectificationReportRow(Base):
    """One report of the unit on one finding (整改情况), with what it contained. Amounts in 元."""

    __tablename__ = "rectification_report"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(SmallInteger)
    completion: Mapped[str] = mapped_column(String(10))
    narrative: Mapped[str]
    unfinished_reason: Mapped[str]
    next_step: Mapped[str]
    regulations: Mapped[list[str]]
    people_held_accountable: Mapped[int] = mapped_column(SmallInteger)
    money: Mapped[dict[str, Any]]
    money_note: Mapped[str]
    signer_name: Mapped[str]
    scan_digest: Mapped[str]
    print_code: Mapped[str] = mapped_column(String(20))
    is_late: Mapped[bool]
    reported_at: Mapped[datetime]
    reported_by: Mapped[UUID | None]
    reporter_name: Mapped[str]

    __table_args__ = (
        Index("ix_rectification_report_finding", "region_code", "fiscal_year", "finding_id"),
    )


class EvidenceRow(Base):
    """One piece of evidence; `attached_to` tells the step: plan, report, recheck, look_back …"""

    __tablename__ = "evidence"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    attached_to: Mapped[str] = mapped_column(String(16))
    report_id: Mapped[UUID | None]
    measure_position: Mapped[int | None] = mapped_column(SmallInteger)
    digest: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None]
    adder_name: Mapped[str]

    __table_args__ = (Index("ix_evidence_finding", "region_code", "fiscal_year", "finding_id"),)


class VerdictRow(Base):
    """One verdict on a finding: recheck, recognition, look-back, re-question, dispute, refusal.

    `recognised` holds money in 元 by kind as text where the verdict recognised any.
    """

    __tablename__ = "verdict"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    verdict_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(24))
    opinion: Mapped[str]
    is_on_site: Mapped[bool]
    recognised: Mapped[dict[str, Any]]
    document_number: Mapped[str]
    leader_name: Mapped[str]
    scan_digest: Mapped[str]
    decided_on: Mapped[date]
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decider_name: Mapped[str]
    post_name: Mapped[str]

    __table_args__ = (Index("ix_verdict_finding", "region_code", "fiscal_year", "finding_id"),)


class FindingExtensionRow(Base):
    """A due date moved with its basis document; the old date stays visible."""

    __tablename__ = "finding_extension"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    extension_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    previous_due_on: Mapped[date | None]
    due_on: Mapped[date]
    document_number: Mapped[str]
    reason: Mapped[str]
    extended_at: Mapped[datetime]
    extended_by: Mapped[UUID | None]
    extender_name: Mapped[str]

    __table_args__ = (
        Index("ix_finding_extension_finding", "region_code", "fiscal_year", "finding_id"),
    )


class UrgingRow(Base):
    """One 催办: a letter (催办函) with number and scan, a text for the group chat, or a call."""

    __tablename__ = "urging"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    urging_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    means: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    document_number: Mapped[str]
    sent_on: Mapped[date | None]
    scan_digest: Mapped[str]
    person: Mapped[str]
    note: Mapped[str]
    new_due_on: Mapped[date | None]
    urged_at: Mapped[datetime]
    urged_by: Mapped[UUID | None]
    urger_name: Mapped[str]

    __table_args__ = (
        Index("ix_urging_finding", "region_code", "fiscal_year", "finding_id"),
        Index("ix_urging_batch", "region_code", "batch_id"),
        Index("ix_urging_about", "finding_id"),
    )


class LedgerViewRow(Base):
    """A saved view of the ledger: filters, sort and columns under a name, for one account."""

    __tablename__ = "ledger_view"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    query: Mapped[dict[str, Any]]
    is_default: Mapped[bool]
    saved_at: Mapped[datetime]


def find_notice(
    session: Session, region: str, fiscal_year: int, notice_id: UUID, *, lock: bool = False
) -> NoticeRow | None:
    """Return one notice, locked against change when `lock`."""
    query = select(NoticeRow).where(
        NoticeRow.region_code == region,
        NoticeRow.fiscal_year == fiscal_year,
        NoticeRow.notice_id == notice_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def findings_of_notice(
    session: Session, notice: NoticeRow, *, lock: bool = False
) -> Sequence[FindingRow]:
    """Return the findings a notice lists, by number; locked against change when `lock`."""
    query = (
        select(FindingRow)
        .where(
            FindingRow.region_code == notice.region_code,
            FindingRow.fiscal_year == notice.fiscal_year,
            FindingRow.notice_id == notice.notice_id,
        )
        .order_by(FindingRow.number)
    )
    return session.scalars(query.with_for_update() if lock else query).all()


def last_report(session: Session, finding: FindingRow) -> RectificationReportRow | None:
    """Return the latest report on a finding."""
    query = (
        select(RectificationReportRow)
        .where(*_about(RectificationReportRow, finding))
        .order_by(RectificationReportRow.sequence.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def urgings_of(session: Session, finding: FindingRow) -> Sequence[UrgingRow]:
    """Return every urging about a finding, the first one first."""
    query = select(UrgingRow).where(*_about(UrgingRow, finding)).order_by(UrgingRow.urging_id)
    return session.scalars(query).all()


def urgings_about(
    session: Session, finding_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[UrgingRow]]:
    """Return the urgings sent about findings, by finding, the first one first."""
    query = (
        select(UrgingRow)
        .where(UrgingRow.finding_id.in_(set(finding_ids)), UrgingRow.sent_on.is_not(None))
        .order_by(UrgingRow.sent_on, UrgingRow.urging_id)
    )
    found: dict[UUID, list[UrgingRow]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.finding_id].append(row)
    return found


def count_evidence(session: Session, finding: FindingRow) -> int:
    """Return how many pieces of evidence of rectification a finding has."""
    query = (
        select(func.count())
        .select_from(EvidenceRow)
        .where(
            *_about(EvidenceRow, finding),
            EvidenceRow.attached_to.in_([kind.value for kind in UNIT_EVIDENCE]),
        )
    )
    return session.scalar(query) or 0


def _about(table: Any, finding: FindingRow) -> tuple[Any, ...]:  # noqa: ANN401 (any of the tables)
    return (
        table.region_code == finding.region_code,
        table.fiscal_year == finding.fiscal_year,
        table.finding_id == finding.finding_id,
    )
