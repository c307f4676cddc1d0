"""Targets, their indicators, reviews, submissions and approved revisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, SmallInteger, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.target_svc.domain.indicators import Indicator
from services.target_svc.store.base import Base
from shared.db.base import RegionCode
from shared.terms.vocabulary import Operator


class TargetRow(Base):
    """The target of a project in a budget year; `version` guards against overwriting."""

    __tablename__ = "target"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    project_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    annual_goal: Mapped[str]
    midterm_goal: Mapped[str]
    money_note: Mapped[str]
    copied_from: Mapped[UUID | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    due_on: Mapped[date | None]
    pack_code: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(20))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    is_late: Mapped[bool]
    times_returned: Mapped[int] = mapped_column(SmallInteger)
    return_reason: Mapped[str]
    grade: Mapped[str | None] = mapped_column(String(12))
    cut_amount: Mapped[Decimal]
    revision: Mapped[int] = mapped_column(SmallInteger)
    document_number: Mapped[str]
    approved_on: Mapped[date | None]

    __table_args__ = (
        Index("uq_target_project", "region_code", "fiscal_year", "project_id", unique=True),
        Index("ix_target_state", "region_code", "fiscal_year", "state", "target_id"),
        Index("ix_target_unit", "region_code", "fiscal_year", "unit_id"),
        ForeignKeyConstraint(
            ["region_code", "fiscal_year", "project_id"],
            ["project.region_code", "project.fiscal_year", "project.project_id"],
        ),
    )


class TargetIndicatorRow(Base):
    """One indicator of a target, in the order of the form."""

    __tablename__ = "target_indicator"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    level1: Mapped[str] = mapped_column(String(20))
    level2: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    operator: Mapped[str] = mapped_column(String(12))
    value: Mapped[str]
    unit: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    history_value: Mapped[str]
    definition: Mapped[str]
    basis_source: Mapped[str]
    library_code: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["region_code", "fiscal_year", "target_id"],
            ["target.region_code", "target.fiscal_year", "target.target_id"],
            deferrable=True,  # an import writes the rows while it still reads their targets
        ),
    )

    def to_domain(self) -> Indicator:
        """Return the row as the rules see it."""
        return Indicator(
            level1=self.level1,
            level2=self.level2,
            name=self.name,
            operator=Operator(self.operator),
            value=self.value,
            unit=self.unit,
            weight=self.weight,
            history_value=self.history_value,
            definition=self.definition,
            basis_source=self.basis_source,
            library_code=self.library_code,
        )


class TargetReviewRow(Base):
    """One review: who at which stage said what; never changed."""

    __tablename__ = "target_review"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(20))
    reviewed_at: Mapped[datetime]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str]
    post_name: Mapped[str]
    opinion: Mapped[str]
    checks: Mapped[dict[str, Any]]
    items: Mapped[dict[str, Any]]
    total: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    grade: Mapped[str | None] = mapped_column(String(12))
    cut_amount: Mapped[Decimal]

    __table_args__ = (
        Index("ix_target_review_target", "region_code", "fiscal_year", "target_id", "review_id"),
    )


class TargetSubmissionRow(Base):
    """One submission with its signature: a signed scan or an e-seal, recorded as such."""

    __tablename__ = "target_submission"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitter_name: Mapped[str]
    signature_kind: Mapped[str] = mapped_column(String(12))
    signer_name: Mapped[str]
    scan_digest: Mapped[str]
    content: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_target_submission_target", "region_code", "fiscal_year", "target_id"),
    )


class TargetRevisionRow(Base):
    """An approved revision, frozen: an approved target is never edited in place (SL21-5.6)."""

    __tablename__ = "target_revision"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    approved_at: Mapped[datetime]
    approved_on: Mapped[date]
    document_number: Mapped[str]
    content: Mapped[dict[str, Any]]


def find_target(
    session: Session, region: str, fiscal_year: int, target_id: UUID, *, lock: bool = False
) -> TargetRow | None:
    """Return one target, locked against change when `lock`."""
    query = select(TargetRow).where(
        TargetRow.region_code == region,
        TargetRow.fiscal_year == fiscal_year,
        TargetRow.target_id == target_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def find_target_of_project(
    session: Session, region: str, fiscal_year: int, project_id: UUID
) -> TargetRow | None:
    """Return the target of a project in a budget year, if it has one."""
    query = select(TargetRow).where(
        TargetRow.region_code == region,
        TargetRow.fiscal_year == fiscal_year,
        TargetRow.project_id == project_id,
    )
    return session.scalars(query).one_or_none()


def indicators_of(session: Session, target: TargetRow) -> Sequence[TargetIndicatorRow]:
    """Return a target's indicators in the order of the form."""
    query = (
        select(TargetIndicatorRow)
        .where(
            TargetIndicatorRow.region_code == target.region_code,
            TargetIndicatorRow.fiscal_year == target.fiscal_year,
            TargetIndicatorRow.target_id == target.target_id,
        )
        .order_by(TargetIndicatorRow.position)
    )
    return session.scalars(query).all()


def replace_indicators(session: Session, target: TargetRow, rows: Sequence[Indicator]) -> None:
    """Put `rows` in the place of a target's indicators."""
    session.execute(
        delete(TargetIndicatorRow).where(
            TargetIndicatorRow.region_code == target.region_code,
            TargetIndicatorRow.fiscal_year == target.fiscal_year,
            TargetIndicatorRow.target_id == target.target_id,
        )
    )
    session.add_all(
        TargetIndicatorRow(
            region_code=target.region_code,
            fiscal_year=target.fiscal_year,
            target_id=target.target_id,
            position=position,
            level1=row.level1,
            level2=row.level2,
            name=row.name,
            operator=row.operator.value,
            value=row.value,
            unit=row.unit,
            weight=row.weight,
            history_value=row.history_value,
            definition=row.definition,
            basis_source=row.basis_source,
            library_code=row.library_code,
        )
        for position, row in enumerate(rows, start=1)
    )
