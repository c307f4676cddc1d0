"""Targets at a glance: how much of a year's budget has one, by budget book (YC23-2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.target_svc.domain.states import PASSED_STATES
from services.target_svc.queries.scoping import Statement, target_of_project, with_unit
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from shared.access.actor import Actor


@dataclass(frozen=True, slots=True)
class BookCoverage:
    """Projects of one budget book and those whose target has passed review; money in 元."""

    book: str
    projects: int
    amount: Decimal
    with_target: int
    passed: int
    passed_amount: Decimal


def coverage_by_book(session: Session, actor: Actor, fiscal_year: int) -> list[BookCoverage]:
    """Return one line for each budget book that has projects in the actor's scope."""
    amount = ProjectRow.initial_amount
    passed = TargetRow.state.in_(sorted(PASSED_STATES))
    query: Statement = (
        select(
            ProjectRow.budget_book,
            func.count(),
            func.sum(amount),
            func.count(TargetRow.target_id),
            func.count().filter(passed),
            func.coalesce(func.sum(amount).filter(passed), Decimal("0.00")),
        )
        .select_from(ProjectRow)
        .outerjoin(TargetRow, target_of_project())
        .where(ProjectRow.region_code == actor.scope.region, ProjectRow.fiscal_year == fiscal_year)
        .group_by(ProjectRow.budget_book)
    )
    return [BookCoverage(*row) for row in session.execute(with_unit(query, actor))]
