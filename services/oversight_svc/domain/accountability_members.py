"""Bodies that work on a case together (三组合, 五方协同; Y25-6.3, JN22-5.1), minutes and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from services.oversight_svc.domain.accountability import HEADS, OFFICERS
from shared.errors import FieldProblem, RuleBrokenError
from shared.terms.vocabulary import RaisingBody, Role


class MemberBody(StrEnum):
    """The five parties; the first three are the supervision group (三组合)."""

    FINANCE = "finance"
    AUDIT = "audit"
    DISCIPLINE = "discipline"
    ORGANISATION = "organisation"
    CONGRESS = "congress"


class MemberRights(StrEnum):
    """What a member may do on the case beyond reading it."""

    READ = "read"
    WORK = "work"


MEMBER_ROLES: Mapping[MemberBody, frozenset[Role]] = {
    **{MemberBody(body.value): OFFICERS[body] | HEADS[body] for body in RaisingBody},
    MemberBody.AUDIT: OFFICERS[RaisingBody.AUDIT] | HEADS[RaisingBody.AUDIT] | {Role.AUDIT_SYSTEM},
    MemberBody.ORGANISATION: frozenset({Role.ORG_DEPT}),
    MemberBody.CONGRESS: frozenset({Role.NPC_VIEWER}),
}
"""Who belongs to a body; the audit system is of the audit office, and reads only."""

TASK_ROLES: Mapping[MemberBody, Role] = {
    MemberBody.FINANCE: Role.FIN_PERF,
    MemberBody.AUDIT: Role.AUDIT_OFFICER,
    MemberBody.DISCIPLINE: Role.DISCIPLINE_OFFICER,
    MemberBody.ORGANISATION: Role.ORG_DEPT,
    MemberBody.CONGRESS: Role.NPC_VIEWER,
}
"""Whose desk a body's task lies on."""


class NotMemberError(RuleBrokenError):
    """The actor's body has no right to work on this case."""

    code: ClassVar[str] = "accountability_not_member"
    sentence: ClassVar[str] = (
        "您所在的单位在这一事项中只能查看；需要办理的，请提出机关调整成员权限。"
    )


@dataclass(frozen=True, slots=True)
class MinutesTask:
    """Who of which body does what by when."""

    body: MemberBody
    person: str
    what: str
    due_on: date | None


def bodies_of(roles: frozenset[str]) -> tuple[MemberBody, ...]:
    """Return the bodies somebody with these roles belongs to."""
    return tuple(body for body in MemberBody if not MEMBER_ROLES[body].isdisjoint(roles))


def check_worker(
    roles: frozenset[str], proposer: RaisingBody, members: Mapping[MemberBody, MemberRights]
) -> None:
    """Raise `NotMemberError` unless the body proposed the case or works on it."""
    own = MemberBody(proposer.value)
    for body in bodies_of(roles):
        if body is own or members.get(body) is MemberRights.WORK:
            return
    raise NotMemberError


def check_meeting(
    held_on: date | None, attendees: str, text: str, today: date
) -> list[FieldProblem]:
    """Return what minutes lack besides their tasks."""
    problems = []
    if held_on is None or held_on > today:
        message = "请填写会议日期，不能晚于今天。"
        problems.append(FieldProblem("held_on", "missing", message))
    if not attendees.strip():
        problems.append(FieldProblem("attendees", "missing", "请填写参会单位和人员。"))
    if not text.strip():
        problems.append(FieldProblem("text", "missing", "请填写议定事项。"))
    return problems


def check_minutes(
    held_on: date | None,
    attendees: str,
    text: str,
    tasks: Sequence[MinutesTask],
    parties: frozenset[MemberBody],
    today: date,
) -> list[FieldProblem]:
    """Return what minutes lack; a task goes only to a body that takes part in the case."""
    problems = check_meeting(held_on, attendees, text, today)
    for place, task in enumerate(tasks):
        if not task.what.strip() or not task.person.strip() or task.due_on is None:
            message = "每项任务须写明谁、做什么、何时完成。"
            problems.append(FieldProblem(f"tasks.{place}.what", "missing", message))
        elif task.due_on < (held_on or today):
            message = "完成时间不能早于会议日期。"
            problems.append(FieldProblem(f"tasks.{place}.due_on", "before_meeting", message))
        if task.body not in parties:
            message = "承担单位还不是本事项的成员，请先邀请其参加。"
            problems.append(FieldProblem(f"tasks.{place}.body", "no_member", message))
    return problems
