"""The annual plans of finance and audit side by side (Y25-6.11): sides, overlap, what is agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.errors import FieldProblem, RuleBrokenError
from shared.terms.vocabulary import Role


class PlanSide(StrEnum):
    """Whose plan an item belongs to."""

    FINANCE = "finance"
    AUDIT = "audit"


class PlanKind(StrEnum):
    """What is planned; the audit office has its own names for kinds, kept as text."""

    KEY_EVALUATION = "key_evaluation"
    DEPARTMENT_EVALUATION = "department_evaluation"
    KEY_MONITORING = "key_monitoring"
    FINANCIAL_INSPECTION = "financial_inspection"
    AUDIT = "audit"


class Coordination(StrEnum):
    """What the two offices agreed about an overlap."""

    OPEN = "open"
    JOINT = "joint"
    STAGGERED = "staggered"
    REUSED = "reused"
    SEPARATE = "separate"


SIDE_ROLES = {
    PlanSide.FINANCE: frozenset({Role.FIN_PERF}),
    PlanSide.AUDIT: frozenset({Role.AUDIT_OFFICER, Role.AUDIT_HEAD}),
}


class Nearness(StrEnum):
    """How near two items are: the same project, or the same unit where one names no project."""

    SAME_PROJECT = "same_project"
    SAME_UNIT = "same_unit"


class OtherSideError(RuleBrokenError):
    """Somebody of neither office wants to note what was agreed."""

    code: ClassVar[str] = "annual_plan_other_side"
    sentence: ClassVar[str] = "统筹情况由财政绩效机构或审计机关登记；您可以查看。"


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """An item as the overlap sees it."""

    unit_id: UUID
    project_id: UUID | None
    starts_on: date | None
    ends_on: date | None


def side_of(roles: frozenset[str]) -> PlanSide:
    """Return the office somebody with these roles speaks for; raise `OtherSideError`."""
    for side, own in SIDE_ROLES.items():
        if not own.isdisjoint(roles):
            return side
    raise OtherSideError


def nearness(one: PlannedWork, other: PlannedWork) -> Nearness | None:
    """Return how two items of different offices overlap, `None` when they do not.

    Two different projects of one unit are no overlap; an item for the whole unit overlaps with
    each of its projects.
    """
    if one.unit_id != other.unit_id:
        return None
    if one.project_id is None or other.project_id is None:
        return Nearness.SAME_UNIT
    return Nearness.SAME_PROJECT if one.project_id == other.project_id else None


def are_at_once(one: PlannedWork, other: PlannedWork) -> bool:
    """Tell whether the periods may touch; an unknown end is open."""
    starts_late = one.starts_on and other.ends_on and one.starts_on > other.ends_on
    ends_early = one.ends_on and other.starts_on and one.ends_on < other.starts_on
    return not (starts_late or ends_early)


def check_planned(title: str, starts_on: date | None, ends_on: date | None) -> list[FieldProblem]:
    """Return what an item of the finance plan lacks."""
    problems = []
    if not title.strip():
        problems.append(FieldProblem("title", "missing", "请填写计划项目名称。"))
    if starts_on and ends_on and ends_on < starts_on:
        problems.append(FieldProblem("ends_on", "before_start", "计划结束不能早于计划开始。"))
    return problems


def check_coordination(status: Coordination, note: str) -> list[FieldProblem]:
    """Return what a note lacks: what was agreed is said in words."""
    if status is not Coordination.OPEN and not note.strip():
        message = "请写明商定的内容，如由谁牵头、何时进点、互用哪些成果。"
        return [FieldProblem("note", "missing", message)]
    return []
