"""Accountability cases (问责) and what belongs to each: findings, people, papers, members, minutes.

Papers, people and minutes are added, never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from services.oversight_svc.store.joint_work import (
    JointTaskColumns,
    MemberColumns,
    MinutesColumns,
)
from shared.db.base import RegionCode


class CaseRow(Base):
    """One case. `acted_on` is the day of what happened; who answers follows from that day.

    `unit_id` leads the responsible units. `last_on` is the date of the last paper, `term_on` the
    day the decision is to be carried out by.
    """

    __tablename__ = "accountability_case"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(30))
    trigger: Mapped[str] = mapped_column(String(30))
    title: Mapped[str]
    facts: Mapped[str]
    legal_basis: Mapped[str]
    document_number: Mapped[str]
    acted_on: Mapped[date]
    proposed_by_body: Mapped[str] = mapped_column(String(12))
    receiver: Mapped[str] = mapped_column(String(12))
    proposed_measures: Mapped[list[str]]
    measures: Mapped[list[str]]
    unit_id: Mapped[UUID]
    is_lifetime: Mapped[bool]
    project_name: Mapped[str]
    evidence: Mapped[list[dict[str, Any]]]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID | None]
    proposer_name: Mapped[str]
    last_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    decision_number: Mapped[str]
    term_on: Mapped[date | None]
    executed_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_accountability_case_number", "region_code", "fiscal_year", "number", unique=True),
        Index("ix_accountability_case_unit", "region_code", "unit_id"),
        Index("ix_accountability_case_order", "region_code", "case_id"),
    )


class CaseFindingRow(Base):
    """A finding the case rests on."""

    __tablename__ = "accountability_finding"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (Index("ix_accountability_finding_finding", "region_code", "finding_id"),)


class CaseUnitRow(Base):
    """A responsible unit."""

    __tablename__ = "accountability_unit"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)


class CasePersonRow(Base):
    """A responsible person with the tenure as it was known when the case was proposed."""

    __tablename__ = "accountability_person"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    unit_id: Mapped[UUID]
    name: Mapped[str]
    title: Mapped[str]
    capacity: Mapped[str] = mapped_column(String(16))
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    basis: Mapped[str]

    __table_args__ = (Index("ix_accountability_person_unit", "region_code", "unit_id"),)


class CasePaperRow(Base):
    """One step with its document: number, date, scan, what it says."""

    __tablename__ = "accountability_paper"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    paper_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(30))
    document_number: Mapped[str]
    dated_on: Mapped[date | None]
    scan_digest: Mapped[str] = mapped_column(String(64))
    scan_name: Mapped[str]
    text: Mapped[str]
    leader_name: Mapped[str]
    measures: Mapped[list[str]]
    term_on: Mapped[date | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None]
    enterer_name: Mapped[str]
    post_name: Mapped[str]

    __table_args__ = (
        Index("ix_accountability_paper_case", "region_code", "fiscal_year", "case_id"),
    )


class CaseMemberRow(MemberColumns, Base):
    """A body that works on the case with its own rights (三组合, 五方协同)."""

    __tablename__ = "accountability_member"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(20), primary_key=True)


class CaseMinutesRow(MinutesColumns, Base):
    """Minutes (纪要) of a meeting on the case."""

    __tablename__ = "accountability_minutes"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    minutes_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]

    __table_args__ = (
        Index("ix_accountability_minutes_case", "region_code", "fiscal_year", "case_id"),
    )


class CaseTaskRow(JointTaskColumns, Base):
    """A task from minutes: which body's who does what by when."""

    __tablename__ = "accountability_task"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    case_task_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]

    __table_args__ = (
        Index("ix_accountability_task_case", "region_code", "fiscal_year", "case_id"),
    )


def find_case(
    session: Session, region: str, fiscal_year: int, case_id: UUID, *, lock: bool = False
) -> CaseRow | None:
    """Return one case, locked against change when `lock`."""
    query = select(CaseRow).where(
        CaseRow.region_code == region,
        CaseRow.fiscal_year == fiscal_year,
        CaseRow.case_id == case_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def of_case(session: Session, table: Any, case: CaseRow, order: Any) -> Sequence[Any]:  # noqa: ANN401 (any of the tables)
    """Return the rows of `table` that belong to the case, in `order`."""
    query = (
        select(table)
        .where(
            table.region_code == case.region_code,
            table.fiscal_year == case.fiscal_year,
            table.case_id == case.case_id,
        )
        .order_by(order)
    )
    return session.scalars(query).all()


def find_member(session: Session, case: CaseRow, body: str) -> CaseMemberRow | None:
    """Return a member of the case."""
    return session.get(CaseMemberRow, (case.region_code, case.fiscal_year, case.case_id, body))


def next_case_number(session: Session, region: str, fiscal_year: int) -> str:
    """Return the next number of the year; proposals of a region wait for one another."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"accountability:{region}"})
    taken = session.scalar(
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.region_code == region, CaseRow.fiscal_year == fiscal_year)
    )
    return f"问责{fiscal_year}-{(taken or 0) + 1:03d}"
