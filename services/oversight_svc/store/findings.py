"""Findings and what belongs to each: units, money, measures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class FindingRow(Base):
    """One problem: one owner, one date, one end. Amounts in 元, progress in %.

    `fiscal_year` is the budget year the problem belongs to, `work_year` the year it was raised in.
    `lead_office` is the 归口股室 at registration. `evidence_count`, `amount_rectified` and
    `urged_times` are kept here so that the ledger reads one table.
    """

    __tablename__ = "finding"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    work_year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20))
    source_document: Mapped[str]
    source_key: Mapped[str] = mapped_column(String(120))
    raised_by: Mapped[str] = mapped_column(String(12))
    title: Mapped[str]
    description: Mapped[str]
    category: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str]
    demand: Mapped[str]
    kind: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID]
    lead_office: Mapped[str | None] = mapped_column(String(20))
    responsible_person: Mapped[str]
    project_id: Mapped[UUID | None]
    project_name: Mapped[str]
    amount: Mapped[Decimal | None]
    amount_rectified: Mapped[Decimal]
    progress: Mapped[int] = mapped_column(SmallInteger)
    progress_note: Mapped[str]
    measures_summary: Mapped[str]
    evidence_count: Mapped[int] = mapped_column(SmallInteger)
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    buffer_on: Mapped[date | None]
    provisional: Mapped[bool]
    deadline_rule: Mapped[str] = mapped_column(String(60))
    pack_code: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    times_extended: Mapped[int] = mapped_column(SmallInteger)
    times_returned: Mapped[int] = mapped_column(SmallInteger)
    times_reopened: Mapped[int] = mapped_column(SmallInteger)
    times_urged: Mapped[int] = mapped_column(SmallInteger)
    is_repeated: Mapped[bool]
    is_refused: Mapped[bool]
    is_falsified: Mapped[bool]
    is_partly_recognised: Mapped[bool]
    assigned_to: Mapped[UUID | None]
    assigned_name: Mapped[str]
    merged_into_year: Mapped[int | None] = mapped_column(SmallInteger)
    merged_into: Mapped[UUID | None]
    earlier_year: Mapped[int | None] = mapped_column(SmallInteger)
    earlier_id: Mapped[UUID | None]
    notice_id: Mapped[UUID | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    reported_by: Mapped[UUID | None]
    rechecked_at: Mapped[datetime | None]
    rechecked_by: Mapped[UUID | None]
    rechecker_name: Mapped[str]
    closed_on: Mapped[date | None]
    closed_by: Mapped[UUID | None]
    closer_name: Mapped[str]
    look_back_verdict: Mapped[str | None] = mapped_column(String(16))
    look_back_on: Mapped[date | None]
    re_question_on: Mapped[date | None]

    __table_args__ = (
        Index("uq_finding_source", "region_code", "source", "source_key", unique=True),
        Index("uq_finding_number", "region_code", "fiscal_year", "number", unique=True),
        Index("ix_finding_due", "region_code", "fiscal_year", "due_on", "finding_id"),
        # The ledger crosses budget years; each of its orders is one of these.
        Index(
            "ix_finding_by_due",
            "region_code",
            text("coalesce(due_on, '9999-12-31'::date)"),
            "finding_id",
        ),
        Index("ix_finding_by_number", "region_code", "number", "finding_id"),
        Index("ix_finding_by_amount", "region_code", text("coalesce(amount, 0)"), "finding_id"),
        Index("ix_finding_by_progress", "region_code", "progress", "finding_id"),
        Index("ix_finding_state", "region_code", "fiscal_year", "state", "due_on", "finding_id"),
        Index("ix_finding_unit", "region_code", "unit_id", "due_on"),
        Index("ix_finding_office", "region_code", "fiscal_year", "lead_office", "due_on"),
        Index(
            "ix_finding_open",
            "region_code",
            "due_on",
            "finding_id",
            postgresql_where=text(
                "state in ('registered','notified','accepted_by_unit','disputed',"
                "'rectifying','reported','verified')"
            ),
        ),
    )


class FindingUnitRow(Base):
    """A unit that shares a finding: exactly one leads, others assist (牵头/配合)."""

    __tablename__ = "finding_unit"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    duty: Mapped[str] = mapped_column(String(10))

    __table_args__ = (Index("ix_finding_unit_unit", "region_code", "unit_id", "finding_id"),)


class FindingMoneyRow(Base):
    """Money of a finding by kind, in 元: what is to be done, reported, and recognised as done."""

    __tablename__ = "finding_money"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    demanded: Mapped[Decimal]
    reported: Mapped[Decimal]
    recognised: Mapped[Decimal]


class MeasureRow(Base):
    """One measure of the unit's plan, with owner and milestone."""

    __tablename__ = "measure"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    measure: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date]
    is_wider: Mapped[bool]
    """举一反三: goes beyond the finding itself."""
    done_on: Mapped[date | None]
    note: Mapped[str]


def find_finding(
    session: Session, region: str, fiscal_year: int, finding_id: UUID, *, lock: bool = False
) -> FindingRow | None:
    """Return one finding, locked against change when `lock`."""
    query = select(FindingRow).where(
        FindingRow.region_code == region,
        FindingRow.fiscal_year == fiscal_year,
        FindingRow.finding_id == finding_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def finding_units(session: Session, finding: FindingRow) -> Sequence[FindingUnitRow]:
    """Return the units that share a finding, the leading one first."""
    query = (
        select(FindingUnitRow)
        .where(
            FindingUnitRow.region_code == finding.region_code,
            FindingUnitRow.fiscal_year == finding.fiscal_year,
            FindingUnitRow.finding_id == finding.finding_id,
        )
        .order_by(FindingUnitRow.duty.desc(), FindingUnitRow.unit_id)
    )
    return session.scalars(query).all()


def finding_money(session: Session, finding: FindingRow) -> Sequence[FindingMoneyRow]:
    """Return a finding's money by kind."""
    query = select(FindingMoneyRow).where(
        FindingMoneyRow.region_code == finding.region_code,
        FindingMoneyRow.fiscal_year == finding.fiscal_year,
        FindingMoneyRow.finding_id == finding.finding_id,
    )
    return session.scalars(query.order_by(FindingMoneyRow.kind)).all()


def finding_measures(session: Session, finding: FindingRow) -> Sequence[MeasureRow]:
    """Return the measures of a finding's plan in order."""
    query = select(MeasureRow).where(
        MeasureRow.region_code == finding.region_code,
        MeasureRow.fiscal_year == finding.fiscal_year,
        MeasureRow.finding_id == finding.finding_id,
    )
    return session.scalars(query.order_by(MeasureRow.position)).all()
