"""Coverage by targets in numbers for Prometheus (YC23-2.1): region-wide, the present year."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, func, select

from services.target_svc.domain.states import PASSED_STATES
from services.target_svc.queries.scoping import target_of_project
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from shared.observability.figures import Figure, Statement


def projects(today: date) -> Statement:
    """Count the projects of the budget year by book and how far their target is."""
    target = case(
        (TargetRow.target_id.is_(None), "none"),
        (TargetRow.state.in_(sorted(PASSED_STATES)), "passed"),
        else_="open",
    ).label("target")
    return (
        select(ProjectRow.budget_book, target, func.count())
        .select_from(ProjectRow)
        .outerjoin(TargetRow, target_of_project())
        .where(ProjectRow.fiscal_year == today.year)
        .group_by(ProjectRow.budget_book, target)
    )


FIGURES: tuple[Figure, ...] = (
    Figure(
        "projects",
        "Projects of the present budget year by budget book: target passed, open or none.",
        ("book", "target"),
        projects,
    ),
)
