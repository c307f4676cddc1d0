"""Joint actions (联合行动) of the five parties and competent departments, without a case.

Y25-6.12, JN22-5.1: who takes part with which rights, what a meeting hands out and by when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.oversight_svc.domain.accountability import OFFICERS
from services.oversight_svc.domain.accountability_members import (
    MEMBER_ROLES,
    TASK_ROLES,
    MemberBody,
    MemberRights,
    check_meeting,
)
from shared.errors import FieldProblem, RuleBrokenError
from shared.terms.vocabulary import RaisingBody, Role

MOST_WORKDAYS = 250
DEPARTMENT_ROLES = frozenset({Role.DEPT_OPERATOR, Role.DEPT_HEAD})


class JointActionState(StrEnum):
    """Whether the action goes on."""

    UNDER_WAY = "under_way"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Party:
    """One of the five bodies, or the competent department `unit_id`."""

    body: MemberBody | None
    unit_id: UUID | None = None

    @property
    def task_role(self) -> Role:
        """Whose desk the party's tasks lie on."""
        return TASK_ROLES[self.body] if self.body else Role.DEPT_OPERATOR

    def includes(self, roles: frozenset[str]) -> bool:
        """Tell whether somebody with these roles may speak for it, where their scope allows."""
        own = MEMBER_ROLES[self.body] if self.body else DEPARTMENT_ROLES
        return not own.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class AssignedTask:
    """What a party does within how many working days of the meeting."""

    party: Party
    person: str
    what: str
    workdays: int | None


class OutsideActionError(RuleBrokenError):
    """The actor's body may only read, or is not the one that leads."""

    code: ClassVar[str] = "joint_action_outside"
    sentence: ClassVar[str] = (
        "您所在的单位在这项联合行动中不能办理这一步；需要办理的，请牵头单位调整权限。"
    )


class EndedActionError(RuleBrokenError):
    """Nothing is added to an action that has ended."""

    code: ClassVar[str] = "joint_action_ended"
    sentence: ClassVar[str] = "联合行动已结束，不能再办理；需要继续的请另行发起。"


class OpenTasksError(RuleBrokenError):
    """Tasks are left: an action ends when what it handed out is done."""

    code: ClassVar[str] = "joint_action_open_tasks"
    sentence: ClassVar[str] = "还有{count}项任务没有完成，完成后才能结束联合行动。"


def lead_of(roles: frozenset[str]) -> RaisingBody:
    """Return the body somebody with these roles leads an action for."""
    for body, officers in OFFICERS.items():
        if not officers.isdisjoint(roles):
            return body
    raise OutsideActionError


def check_lead(lead: RaisingBody, roles: frozenset[str]) -> None:
    """Raise `OutsideActionError` unless the actor is an officer of the leading body."""
    if OFFICERS[lead].isdisjoint(roles):
        raise OutsideActionError


def check_under_way(state: JointActionState) -> None:
    """Raise `EndedActionError` once it is over."""
    if state is JointActionState.ENDED:
        raise EndedActionError


def check_rights(rights: Sequence[MemberRights]) -> None:
    """Raise `OutsideActionError` unless one of the actor's parties works on it."""
    if MemberRights.WORK not in rights:
        raise OutsideActionError


def check_action(
    title: str, purpose: str, basis: str, starts_on: date | None, ends_on: date | None
) -> list[FieldProblem]:
    """Return what an action lacks."""
    problems = [
        FieldProblem(path, "missing", message)
        for path, value, message in (
            ("title", title, "请填写联合行动名称。"),
            ("purpose", purpose, "请写明行动内容。"),
            ("basis", basis, "请填写依据，如联席会议纪要或年度计划文号。"),
        )
        if not value.strip()
    ]
    if starts_on is None:
        problems.append(FieldProblem("starts_on", "missing", "请填写开始日期。"))
    elif ends_on is not None and ends_on < starts_on:
        problems.append(FieldProblem("ends_on", "before_start", "结束日期不能早于开始日期。"))
    return problems


def check_action_minutes(
    held_on: date | None,
    attendees: str,
    text: str,
    tasks: Sequence[AssignedTask],
    parties: frozenset[Party],
    today: date,
) -> list[FieldProblem]:
    """Return what minutes lack; a task goes only to a party of the action."""
    problems = check_meeting(held_on, attendees, text, today)
    for place, task in enumerate(tasks):
        if not task.what.strip() or not task.person.strip():
            message = "每项任务须写明谁、做什么。"
            problems.append(FieldProblem(f"tasks.{place}.what", "missing", message))
        if task.workdays is None or not 1 <= task.workdays <= MOST_WORKDAYS:
            message = f"请填写几个工作日内完成，1至{MOST_WORKDAYS}。"
            problems.append(FieldProblem(f"tasks.{place}.workdays", "out_of_range", message))
        if task.party not in parties:
            message = "承担单位还没有参加本行动，请先邀请。"
            problems.append(FieldProblem(f"tasks.{place}.party", "no_member", message))
    return problems
