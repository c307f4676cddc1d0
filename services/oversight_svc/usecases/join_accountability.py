"""Acts: invite a body to a case, keep minutes with their tasks, report a task done (JN22-5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.domain.accountability import OFFICERS
from services.oversight_svc.domain.accountability_members import (
    MEMBER_ROLES,
    TASK_ROLES,
    MemberBody,
    MemberRights,
    MinutesTask,
    NotMemberError,
    check_minutes,
    check_worker,
)
from services.oversight_svc.store.accountability import (
    CaseMemberRow,
    CaseMinutesRow,
    CaseRow,
    CaseTaskRow,
    find_member,
    of_case,
)
from services.oversight_svc.usecases.accountability_moving import (
    SUBJECT,
    CaseKey,
    load_case,
    record_case,
)
from services.oversight_svc.usecases.joint_work import Meeting, fill_minutes, finish
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.tasks.work import NewTask, close_tasks, open_task
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody

WORK = "oversight.accountability.work"
SEND = "oversight.accountability.send"
TASK_SUBJECT = "oversight.accountability_task"


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Which body joins with which rights, on what basis."""

    key: CaseKey
    body: MemberBody
    rights: MemberRights
    basis: str


@dataclass(frozen=True, slots=True)
class KeepMinutes(Meeting):
    """Minutes (纪要) with the tasks decided in the meeting."""

    key: CaseKey
    tasks: tuple[MinutesTask, ...] = ()


@dataclass(frozen=True, slots=True)
class FinishTask:
    """A task reported as done."""

    key: CaseKey
    case_task_id: UUID
    note: str


def invite_member(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: InviteMember
) -> CaseMemberRow:
    """Let another body take part, or change its rights; the proposing body invites.

    Raises `NotMemberError` for anybody else, `InvalidInputError` without a basis.
    """
    case = load_case(uow, actor, command.key, SEND)
    if OFFICERS[RaisingBody(case.proposed_by_body)].isdisjoint(actor.roles):
        raise NotMemberError
    problems = []
    if not command.basis.strip():
        message = "请填写邀请依据，如会议纪要或联合工作机制文号。"
        problems.append(FieldProblem("basis", "missing", message))
    if command.body.value == case.proposed_by_body:
        problems.append(FieldProblem("body", "own_body", "提出机关已是成员。"))
    if problems:
        raise InvalidInputError(problems)
    member = find_member(uow.session, case, command.body.value)
    if member is None:
        member = CaseMemberRow(
            region_code=case.region_code,
            fiscal_year=case.fiscal_year,
            case_id=case.case_id,
            body=command.body.value,
            joined_on=clock.today(),
        )
        uow.session.add(member)
    member.rights = command.rights.value
    member.basis = command.basis.strip()
    member.inviter_name = actor.name
    case.version += 1
    after = {"body": label_of(command.body), "rights": label_of(command.rights)}
    record_case(uow, actor, case, "invite", comment=member.basis, after=after)
    return member


def keep_minutes(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: KeepMinutes
) -> CaseMinutesRow:
    """Keep minutes and open the tasks they hand out; raise `InvalidInputError` for gaps."""
    case = load_case(uow, actor, command.key, WORK)
    members = _members(uow, case)
    check_worker(actor.roles, RaisingBody(case.proposed_by_body), members)
    problems = check_minutes(
        command.held_on,
        command.attendees,
        command.text,
        command.tasks,
        frozenset(members),
        clock.today(),
    )
    if problems or command.held_on is None:
        raise InvalidInputError(problems)
    minutes = CaseMinutesRow(
        region_code=case.region_code,
        fiscal_year=case.fiscal_year,
        minutes_id=new_id(),
        case_id=case.case_id,
    )
    fill_minutes(uow, clock, actor, minutes, command.held_on, command)
    uow.session.add(minutes)
    for task in command.tasks:
        _hand_out(uow, clock, actor, case, minutes, task)
    case.version += 1
    after = {"held_on": command.held_on.isoformat(), "tasks": len(command.tasks)}
    record_case(uow, actor, case, "minutes", after=after)
    return minutes


def finish_task(uow: UnitOfWork, clock: Clock, actor: Actor, command: FinishTask) -> CaseTaskRow:
    """Report a task as done, by the body it was given to.

    Raises `NotMemberError` for another body's task, `ConflictError` for one done already.
    """
    case = load_case(uow, actor, command.key, WORK)
    row = uow.session.get(CaseTaskRow, (case.region_code, case.fiscal_year, command.case_task_id))
    if row is None or row.case_id != case.case_id:
        raise NotFoundError
    if MEMBER_ROLES[MemberBody(row.body)].isdisjoint(actor.roles):
        raise NotMemberError
    finish(clock, actor, row, command.note)
    case.version += 1
    close_tasks(uow, clock, actor, row.case_task_id, outcome="done")
    record_case(uow, actor, case, "finish_task", comment=row.done_note, after={"what": row.what})
    return row


def _members(uow: UnitOfWork, case: CaseRow) -> dict[MemberBody, MemberRights]:
    rows = of_case(uow.session, CaseMemberRow, case, CaseMemberRow.body)
    return {MemberBody(row.body): MemberRights(row.rights) for row in rows}


def _hand_out(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    case: CaseRow,
    minutes: CaseMinutesRow,
    task: MinutesTask,
) -> None:
    row = CaseTaskRow(
        region_code=case.region_code,
        fiscal_year=case.fiscal_year,
        case_task_id=new_id(),
        case_id=case.case_id,
        minutes_id=minutes.minutes_id,
        body=task.body.value,
        person=task.person.strip(),
        what=task.what.strip(),
        due_on=task.due_on,
        done_note="",
        doer_name="",
    )
    uow.session.add(row)
    open_task(
        uow,
        clock,
        actor,
        NewTask(
            kind=f"{SUBJECT}_task",
            title=f"{row.what}（{row.person}）：{case.number}",
            subject_kind=TASK_SUBJECT,
            subject_id=row.case_task_id,
            region=case.region_code,
            fiscal_year=case.fiscal_year,
            unit_id=case.unit_id,
            role=TASK_ROLES[task.body].value,
            tab="todo",
            due_on=task.due_on,
        ),
    )
