"""Who must self-evaluate: the scope of a campaign, built from units and projects.

Y25-5.3, YC23-5.1: every first-level unit for its overall expenditure and every project from the
pack's threshold on; Y25-7.2: procurement projects whatever their amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared.money import sum_yuan, wan_from_yuan
from shared.policy.model import SelfEvaluationPolicy
from shared.terms import label_of, labels
from shared.terms.vocabulary import SelfEvaluationKind


class ScopeReason(StrEnum):
    """Why an object is in the scope."""

    DEPT_OVERALL = "dept_overall"
    THRESHOLD = "threshold"
    PROCUREMENT = "procurement"


@dataclass(frozen=True, slots=True)
class ScopeUnit:
    """A unit that may owe a self-evaluation of its overall expenditure."""

    unit_id: UUID
    name: str
    is_department: bool


@dataclass(frozen=True, slots=True)
class ScopeProject:
    """A project of the budget year; `amount` is its adjusted budget in 元."""

    project_id: UUID
    unit_id: UUID
    department_id: UUID
    name: str
    amount: Decimal
    flags: tuple[str, ...]
    has_target: bool = True
    """Whether its target was approved; without one the unit enters the indicators itself."""


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """One self-evaluation that is owed. `amount` in 元: of a department all its projects' sum."""

    kind: SelfEvaluationKind
    subject_id: UUID
    """Of a project its id, of overall expenditure the unit's."""
    unit_id: UUID
    name: str
    amount: Decimal
    reason: ScopeReason
    rule: str
    """Why, in words that hold for others too; `explanation` adds this one's amount."""
    explanation: str
    has_target: bool
    paper_required: bool


@dataclass(slots=True)
class ScopeGroup:
    """The objects that are in the scope by one rule."""

    reason: ScopeReason
    rule: str
    items: list[ScopeItem] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """Their adjusted budgets added up, in 元."""
        return sum_yuan(item.amount for item in self.items)


def build_scope(
    policy: SelfEvaluationPolicy, units: Iterable[ScopeUnit], projects: Iterable[ScopeProject]
) -> list[ScopeItem]:
    """Return what is owed: departments first, then projects, each in the order given."""
    known = list(projects)
    totals: dict[UUID, list[Decimal]] = {}
    for project in known:
        totals.setdefault(project.department_id, []).append(project.amount)
    rule = f"一级预算单位须对部门整体支出自评（{policy.basis.clause}）"
    items = [
        ScopeItem(
            kind=SelfEvaluationKind.DEPT_OVERALL,
            subject_id=unit.unit_id,
            unit_id=unit.unit_id,
            name=f"{unit.name}部门整体支出",
            amount=sum_yuan(totals.get(unit.unit_id, ())),
            reason=ScopeReason.DEPT_OVERALL,
            rule=rule,
            explanation=f"{rule}。",
            has_target=False,
            paper_required=True,
        )
        for unit in units
        if unit.is_department
    ]
    items += [item for project in known if (item := _project_item(policy, project)) is not None]
    return items


def group_scope(items: Iterable[ScopeItem]) -> list[ScopeGroup]:
    """Return the objects by the rule that brings them in, in the order the rules first appear."""
    groups: dict[str, ScopeGroup] = {}
    for item in items:
        groups.setdefault(item.rule, ScopeGroup(item.reason, item.rule)).items.append(item)
    return list(groups.values())


def _project_item(policy: SelfEvaluationPolicy, project: ScopeProject) -> ScopeItem | None:
    reason = _reason(policy, project)
    if reason is None:
        return None
    rule = _rule(policy, project, reason)
    return ScopeItem(
        kind=SelfEvaluationKind.PROJECT,
        subject_id=project.project_id,
        unit_id=project.unit_id,
        name=project.name,
        amount=project.amount,
        reason=reason,
        rule=rule,
        explanation=f"调整后预算{wan_from_yuan(project.amount)}万元，{rule}。",
        has_target=project.has_target,
        paper_required=project.amount >= policy.paper_from,
    )


def _reason(policy: SelfEvaluationPolicy, project: ScopeProject) -> ScopeReason | None:
    if project.amount >= policy.project_from:
        return ScopeReason.THRESHOLD
    return ScopeReason.PROCUREMENT if _marks(policy, project) else None


def _marks(policy: SelfEvaluationPolicy, project: ScopeProject) -> list[str]:
    return [flag for flag in project.flags if flag in policy.always_flags]


def _rule(policy: SelfEvaluationPolicy, project: ScopeProject, reason: ScopeReason) -> str:
    start = f"{wan_from_yuan(policy.project_from)}万元"
    if reason is ScopeReason.THRESHOLD:
        return f"{label_of(reason)}{start}（{policy.basis.clause}）"
    marks = "、".join(labels("project_flag").get(flag, flag) for flag in _marks(policy, project))
    return f"不到{start}；{marks}项目不论金额（{policy.procurement_basis.clause}）"
