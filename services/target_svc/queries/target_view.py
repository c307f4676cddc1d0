"""Everything one target's page shows, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.target_svc.domain.doubts import Doubt, ReviewedTarget, find_doubts
from services.target_svc.queries.projects import last_year_of, money_of
from services.target_svc.queries.targets import TargetLine, targets_by_id
from services.target_svc.store.decisions import UnitDecisionRow, decisions_for
from services.target_svc.store.evaluations import EvaluationResultRow, result_of
from services.target_svc.store.projects import ProjectMoneyRow, ProjectRow
from services.target_svc.store.targets import (
    TargetIndicatorRow,
    TargetReviewRow,
    TargetRevisionRow,
    TargetRow,
    TargetSubmissionRow,
    indicators_of,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.tasks.tables import TaskRow


@dataclass(frozen=True, slots=True)
class PreviousYear:
    """Last year's project of the same unit and name; no target when none was made."""

    project: ProjectRow
    money: Sequence[ProjectMoneyRow]
    target: TargetRow | None
    indicators: Sequence[TargetIndicatorRow]
    result: EvaluationResultRow | None = None
    """Its self-evaluation, once accepted."""


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target with all that belongs to it."""

    target: TargetRow
    project: ProjectRow
    unit: UnitRow
    pack: Pack
    money: Sequence[ProjectMoneyRow]
    indicators: Sequence[TargetIndicatorRow]
    previous: PreviousYear | None
    doubts: Sequence[Doubt]
    decisions: Sequence[UnitDecisionRow] = ()
    """Accountability decisions on the unit that its budget has to heed."""


@dataclass(frozen=True, slots=True)
class TargetHistory:
    """What was done to a target, oldest first, and what waits now."""

    reviews: Sequence[TargetReviewRow]
    submissions: Sequence[TargetSubmissionRow]
    revisions: Sequence[TargetRevisionRow]
    task: TaskRow | None


def find_target_line(
    session: Session, actor: Actor, fiscal_year: int, target_id: UUID
) -> TargetLine:
    """Return one target in scope; raise `NotFoundError` otherwise."""
    for line in targets_by_id(session, actor, fiscal_year, [target_id]):
        return line
    raise NotFoundError


def view_target(session: Session, actor: Actor, fiscal_year: int, target_id: UUID) -> TargetView:
    """Return a target in scope with budget, last year and doubts; raise `NotFoundError`."""
    line = find_target_line(session, actor, fiscal_year, target_id)
    pack = policy_for(session, line.target.region_code, fiscal_year)
    indicators = indicators_of(session, line.target)
    previous = _previous(session, line.project)
    doubts = find_doubts(
        pack.target,
        ReviewedTarget(
            amount=line.project.initial_amount,
            previous_amount=previous.project.initial_amount if previous else None,
            indicators=[row.to_domain() for row in indicators],
            previous_indicators=[row.to_domain() for row in previous.indicators]
            if previous
            else [],
            annual_goal=line.target.annual_goal,
            has_money_note=bool(line.target.money_note.strip()),
        ),
    )
    return TargetView(
        line.target,
        line.project,
        line.unit,
        pack,
        money_of(session, line.project),
        indicators,
        previous,
        doubts,
        decisions_for(session, line.project),
    )


def history_of(session: Session, target: TargetRow) -> TargetHistory:
    """Return reviews, submissions, approved revisions and the open task of a target."""
    year, target_id = target.fiscal_year, target.target_id
    reviews = session.scalars(
        select(TargetReviewRow)
        .where(
            TargetReviewRow.region_code == target.region_code,
            TargetReviewRow.fiscal_year == year,
            TargetReviewRow.target_id == target_id,
        )
        .order_by(TargetReviewRow.review_id)
    ).all()
    revisions = session.scalars(
        select(TargetRevisionRow)
        .where(
            TargetRevisionRow.region_code == target.region_code,
            TargetRevisionRow.fiscal_year == year,
            TargetRevisionRow.target_id == target_id,
        )
        .order_by(TargetRevisionRow.revision)
    ).all()
    task = session.scalars(
        select(TaskRow)
        .where(TaskRow.subject_id == target_id, TaskRow.closed_at.is_(None))
        .order_by(TaskRow.task_id)
        .limit(1)
    ).first()
    return TargetHistory(reviews, submissions_of(session, target), revisions, task)


def submissions_of(session: Session, target: TargetRow) -> Sequence[TargetSubmissionRow]:
    """Return a target's submissions, oldest first."""
    query = (
        select(TargetSubmissionRow)
        .where(
            TargetSubmissionRow.region_code == target.region_code,
            TargetSubmissionRow.fiscal_year == target.fiscal_year,
            TargetSubmissionRow.target_id == target.target_id,
        )
        .order_by(TargetSubmissionRow.submission_id)
    )
    return session.scalars(query).all()


def _previous(session: Session, project: ProjectRow) -> PreviousYear | None:
    found = last_year_of(session, project)
    if found is None:
        return None
    before, target = found
    rows = indicators_of(session, target) if target else []
    result = result_of(session, target) if target else None
    return PreviousYear(before, money_of(session, before), target, rows, result)
