"""Self-evaluations with their funds and indicators, reviews and submissions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.eval_svc.domain.states import ACCEPTED_STATES, REVIEWING_STATES
from services.eval_svc.store.base import Base
from shared.db.base import RegionCode
from shared.duties.tables import DutyColumns

_PARENT = (
    "self_evaluation.region_code",
    "self_evaluation.fiscal_year",
    "self_evaluation.self_evaluation_id",
)
_CHILD = ("region_code", "fiscal_year", "self_evaluation_id")


class SelfEvaluationRow(DutyColumns, Base):
    """One self-evaluation owed for a budget year. Amounts in 元, rates in %, scores in points.

    `subject_id` is the project, or the unit of its overall expenditure; `object_id` the approved
    target the indicators come from. `is_finished`: the work was brought to its end, which schemes
    that band the execution rate ask. `recheck_score` is what counts once a recheck corrected it.
    `explained` tells how `execution`, `total` and `grade` were found (`domain/scoring_explained`)
    and by which version of which `scheme` and pack; `pack_code` is the pack of the deadline.
    """

    __tablename__ = "self_evaluation"
    KIND = "evaluation.self_evaluation"
    FORM = "自评表"
    REVIEWING = tuple(sorted(state.value for state in REVIEWING_STATES))
    DONE = tuple(sorted(state.value for state in ACCEPTED_STATES))

    self_evaluation_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    object_id: Mapped[UUID | None]
    name: Mapped[str]
    code: Mapped[str] = mapped_column(String(30))
    scope_reason: Mapped[str] = mapped_column(String(20))
    scope_note: Mapped[str]
    known_budget: Mapped[Decimal | None]
    known_executed: Mapped[Decimal | None]
    known_as_of: Mapped[date | None]
    annual_goal: Mapped[str]
    result: Mapped[str]
    overview: Mapped[str]
    tasks: Mapped[list[dict[str, Any]]]
    executed_note: Mapped[str]
    conclusion: Mapped[str]
    problems: Mapped[str]
    measures: Mapped[str]
    project_owner: Mapped[str]
    finance_person: Mapped[str]
    files: Mapped[list[dict[str, Any]]]
    budget: Mapped[Decimal]
    executed: Mapped[Decimal]
    is_finished: Mapped[bool]
    execution_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    execution_score: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    execution_explanation: Mapped[str]
    execution_points: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    explained: Mapped[dict[str, Any]]
    total: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    grade: Mapped[str] = mapped_column(String(12))
    recheck_score: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    quality_mark: Mapped[str] = mapped_column(String(12))
    published_url: Mapped[str]
    published_on: Mapped[date | None]
    problems_referred: Mapped[int] = mapped_column(SmallInteger)

    @property
    def duty_id(self) -> UUID:
        """The self-evaluation's id."""
        return self.self_evaluation_id

    __table_args__ = (
        Index(
            "uq_self_evaluation_subject",
            "region_code",
            "fiscal_year",
            "kind",
            "subject_id",
            unique=True,
        ),
        Index("ix_self_evaluation_state", "region_code", "fiscal_year", "state"),
        Index("ix_self_evaluation_unit", "region_code", "fiscal_year", "unit_id"),
    )


class FundRow(Base):
    """One row of the funds table, in 元."""

    __tablename__ = "self_evaluation_fund"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    self_evaluation_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source: Mapped[str] = mapped_column(String(20))
    initial: Mapped[Decimal]
    budget: Mapped[Decimal]
    executed: Mapped[Decimal]

    __table_args__ = (ForeignKeyConstraint(_CHILD, _PARENT),)


class IndicatorRow(Base):
    """One indicator of a form: approved with the target, or entered by the unit where none was.

    `explanation` is `explained` in one sentence.
    """

    __tablename__ = "self_evaluation_indicator"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    self_evaluation_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    level1: Mapped[str] = mapped_column(String(20))
    level2: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    operator: Mapped[str] = mapped_column(String(12))
    target_value: Mapped[str]
    unit: Mapped[str]
    points: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    actual: Mapped[str]
    band: Mapped[str] = mapped_column(String(12))
    chosen: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    reason: Mapped[str]
    score: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    achieved: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    over_fulfilled: Mapped[bool]
    explanation: Mapped[str]
    explained: Mapped[dict[str, Any]]

    __table_args__ = (ForeignKeyConstraint(_CHILD, _PARENT),)


class ReviewRow(Base):
    """One review or recheck of a self-evaluation; never changed."""

    __tablename__ = "self_evaluation_review"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    self_evaluation_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(24))
    reviewed_at: Mapped[datetime]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str]
    post_name: Mapped[str]
    opinion: Mapped[str]
    score: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))

    __table_args__ = (
        Index(
            "ix_self_evaluation_review_of",
            "region_code",
            "fiscal_year",
            "self_evaluation_id",
            "review_id",
        ),
    )


class ProblemRow(Base):
    """One problem of a self-evaluation handed to oversight; amount in 元, none without money."""

    __tablename__ = "self_evaluation_problem"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    self_evaluation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    category: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Decimal | None]
    basis: Mapped[str]
    referred_at: Mapped[datetime]
    referred_by: Mapped[str]

    __table_args__ = (ForeignKeyConstraint(_CHILD, _PARENT),)


class SubmissionRow(Base):
    """One submission: table, report and attachments with the signature that stands for them."""

    __tablename__ = "self_evaluation_submission"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    self_evaluation_id: Mapped[UUID]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitter_name: Mapped[str]
    signer_name: Mapped[str]
    files: Mapped[list[dict[str, Any]]]
    print_code: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(
            "ix_self_evaluation_submission_of", "region_code", "fiscal_year", "self_evaluation_id"
        ),
        Index(
            "ix_self_evaluation_submission_print_code", "region_code", "fiscal_year", "print_code"
        ),
    )


def find_self_evaluation(
    session: Session, region: str, fiscal_year: int, self_evaluation_id: UUID, *, lock: bool = False
) -> SelfEvaluationRow | None:
    """Return one self-evaluation, locked against change when `lock`."""
    query = select(SelfEvaluationRow).where(
        SelfEvaluationRow.region_code == region,
        SelfEvaluationRow.fiscal_year == fiscal_year,
        SelfEvaluationRow.self_evaluation_id == self_evaluation_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def indicators_of(session: Session, form: SelfEvaluationRow) -> Sequence[IndicatorRow]:
    """Return a form's indicators in order."""
    return session.scalars(
        select(IndicatorRow)
        .where(
            IndicatorRow.region_code == form.region_code,
            IndicatorRow.fiscal_year == form.fiscal_year,
            IndicatorRow.self_evaluation_id == form.self_evaluation_id,
        )
        .order_by(IndicatorRow.position)
    ).all()


def funds_of(session: Session, form: SelfEvaluationRow) -> Sequence[FundRow]:
    """Return a form's funds in order."""
    return session.scalars(
        select(FundRow)
        .where(
            FundRow.region_code == form.region_code,
            FundRow.fiscal_year == form.fiscal_year,
            FundRow.self_evaluation_id == form.self_evaluation_id,
        )
        .order_by(FundRow.position)
    ).all()
