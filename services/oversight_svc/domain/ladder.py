"""The escalation ladder (逾期升级): which rungs are due for what is overdue (YC23-6.4, HC20.1).

A rung belongs to an episode: one due date of one subject. It is due once its working day has come,
however late that is noticed, and it is climbed once in its episode. A date that moves begins a new
episode; what is settled climbs no further. No rung is a sanction: refusal and accountability are
determined by people (YC23-6.5).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from services.oversight_svc.domain.recognition import BODY_ROLES, OFFICE_ROLES
from services.oversight_svc.domain.verdicts import UrgingMeans, check_urging
from shared.calendar import WorkingCalendar
from shared.errors import FieldProblem, RuleBrokenError
from shared.policy.escalation import Ladder, OverdueKind, Rung, RungWay
from shared.terms.vocabulary import RaisingBody, Role


class EscalationState(StrEnum):
    """How far a climbed rung is."""

    DONE = "done"  # the system did it
    WAITING = "waiting"  # prepared, a person is asked
    TAKEN = "taken"
    SKIPPED = "skipped"
    LAPSED = "lapsed"  # handed in or extended before anybody took it


class RungSettledError(RuleBrokenError):
    """Somebody settled the rung meanwhile."""

    code: ClassVar[str] = "rung_settled"
    sentence: ClassVar[str] = "「{title}」已经办结或不再需要办理，不能重复办理；请刷新页面查看。"


class OtherRoleError(RuleBrokenError):
    """The rung asks another role."""

    code: ClassVar[str] = "other_role"
    sentence: ClassVar[str] = "「{title}」须由{role}办理；您可以查看，也可以提醒对方办理。"


@dataclass(frozen=True, slots=True)
class Climb:
    """A rung that is due. `place` is its place on the ladder, from 1; `reached_on` its day."""

    rung: Rung
    place: int
    reached_on: date


KIND_OF_TASK: Mapping[str, OverdueKind] = {
    "monitoring.fill": OverdueKind.MONITORING_REPORT,
    "monitoring.revise": OverdueKind.MONITORING_REPORT,
    "evaluation.fill": OverdueKind.SELF_EVALUATION_REPORT,
    "evaluation.revise": OverdueKind.SELF_EVALUATION_REPORT,
    "oversight.sign_for": OverdueKind.NOTICE_RECEIPT,
    "oversight.plan": OverdueKind.RECTIFICATION,
    "oversight.report": OverdueKind.RECTIFICATION,
    "oversight.revise": OverdueKind.RECTIFICATION,
}
"""Tasks of units that climb, by the ladder they climb."""

_FINANCE = {
    Role.FIN_OFFICE: OFFICE_ROLES[RaisingBody.FINANCE],
    Role.FIN_PERF: BODY_ROLES[RaisingBody.FINANCE],
}


def rungs_due(
    ladder: Ladder,
    due_on: date,
    buffer_workdays: int,
    today: date,
    calendar: WorkingCalendar,
    climbed: Collection[str] = (),
) -> list[Climb]:
    """Return the rungs of the episode `due_on` that are due and not `climbed`, in order.

    A day that rests on a year without published holidays is no day yet: the rung waits for the
    calendar rather than come early.
    """
    buffer = calendar.add_workdays(due_on, buffer_workdays)
    found = []
    for place, rung in enumerate(ladder.rungs, 1):
        start, unsure = buffer if rung.after_buffer else (due_on, False)
        reached = calendar.add_workdays(start, rung.workdays)
        if unsure or reached.provisional or reached.day > today:
            continue
        if rung.code not in climbed:
            found.append(Climb(rung, place, reached.day))
    return found


def asked_role(role: str, body: RaisingBody, *, has_office: bool) -> Role:
    """Return whom a rung asks: what audit or discipline raised is driven by them, not by finance.

    A unit without an office in charge is driven by the 绩效管理机构.
    """
    if body is RaisingBody.AUDIT:
        return Role.AUDIT_OFFICER
    if body is RaisingBody.DISCIPLINE:
        return Role.DISCIPLINE_OFFICER
    asked = Role(role)
    return Role.FIN_PERF if asked is Role.FIN_OFFICE and not has_office else asked


def answers_for(role: str, roles: Collection[str]) -> bool:
    """Tell whether somebody with `roles` may settle what `role` is asked to do."""
    asked = Role(role)
    speakers = {
        **_FINANCE,
        Role.AUDIT_OFFICER: BODY_ROLES[RaisingBody.AUDIT],
        Role.DISCIPLINE_OFFICER: BODY_ROLES[RaisingBody.DISCIPLINE],
    }
    return not speakers.get(asked, frozenset({asked})).isdisjoint(roles)


def roles_asked(roles: Collection[str]) -> list[str]:
    """Return the roles whose rungs are on the list of somebody with `roles`.

    Whoever drives the offices may take their rungs, but is not the one who is asked.
    """
    asked = {Role(role) for role in roles} & set(Role)
    if Role.AUDIT_HEAD in asked:
        asked.add(Role.AUDIT_OFFICER)
    return sorted(role.value for role in asked)


def check_taking(
    way: RungWay,
    *,
    is_paper: bool,
    is_alike: bool,
    units: int,
    document: tuple[str, date | None, str],
    person: str,
    note: str,
    today: date,
) -> list[FieldProblem]:
    """Return what is missing; `document` is number, date and scan, `units` how many are meant."""
    if not is_alike:
        message = "所选事项的升级方式不同，请按同一种升级方式分别办理。"
        return [FieldProblem("ids", "mixed", message)]
    if units > 1 and way in (RungWay.LETTER, RungWay.CALL):
        message = "催办函和电话只对一个单位，请按单位分别办理。"
        return [FieldProblem("ids", "several_units", message)]
    problems = []
    if is_paper:
        problems += _check_paper(*document, today)
    if way is RungWay.CALL:
        problems += check_urging(UrgingMeans.CALL, person, note, None, today)
    elif not is_paper and not note.strip():
        problems.append(FieldProblem("note", "missing", "请写明办理情况。"))
    return problems


def _check_paper(number: str, day: date | None, scan: str, today: date) -> list[FieldProblem]:
    problems = []
    if not number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写文号。"))
    if day is None:
        problems.append(FieldProblem("document_on", "missing", "请填写发文日期。"))
    elif day > today:
        problems.append(FieldProblem("document_on", "in_future", "发文日期不能晚于今天。"))
    if not scan:
        problems.append(FieldProblem("scan", "missing", "请上传盖章后的扫描件。"))
    return problems


def check_skipping(leader_name: str, reason: str) -> list[FieldProblem]:
    """Return what is missing to leave a rung out."""
    problems = []
    if not leader_name.strip():
        problems.append(FieldProblem("leader_name", "missing", "请填写同意不予升级的领导姓名。"))
    if not reason.strip():
        problems.append(FieldProblem("reason", "missing", "请写明不予升级的原因。"))
    return problems
