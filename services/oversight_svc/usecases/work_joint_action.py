"""Acts: keep minutes of a joint action with tasks due in working days; report a task done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.accountability_members import MemberRights
from services.oversight_svc.domain.joint_actions import (
    AssignedTask,
    OutsideActionError,
    check_action_minutes,
    check_rights,
)
from services.oversight_svc.store.joint_action_sight import party_of, speaks_for, stored
from services.oversight_svc.store.joint_actions import (
    ActionMemberRow,
    ActionMinutesRow,
    ActionTaskRow,
    JointActionRow,
)
from services.oversight_svc.usecases.joint_work import Meeting, fill_minutes, finish
from services.oversight_svc.usecases.lead_joint_action import (
    SUBJECT,
    ActionKey,
    load_action,
    record_action,
)
from shared.access.actor import Actor
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.tasks.work import OF_NO_UNIT, NewTask, close_tasks, open_task

WORK = "oversight.joint_action.work"
TASK_SUBJECT = "oversight.joint_action_task"


@dataclass(frozen=True, slots=True)
class KeepActionMinutes(Meeting):
    """Minutes (纪要) with what the meeting handed out."""

    key: ActionKey
    tasks: tuple[AssignedTask, ...] = ()


@dataclass(frozen=True, slots=True)
class FinishActionTask:
    """A task reported as done."""

    key: ActionKey
    action_task_id: UUID
    note: str


def keep_action_minutes(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: KeepActionMinutes
) -> ActionMinutesRow:
    """Keep minutes and open their tasks, due so many working days after the meeting.

    Raises `InvalidInputError` for gaps, `OutsideActionError` for a party that only reads.
    """
    action = load_action(uow, actor, command.key, WORK)
    members = _members(uow, action)
    parties = {party_of(row.body, row.unit_id): MemberRights(row.rights) for row in members}
    check_rights(
        [rights for party, rights in parties.items() if speaks_for(uow.session, actor, party)]
    )
    problems = check_action_minutes(
        command.held_on,
        command.attendees,
        command.text,
        command.tasks,
        frozenset(parties),
        clock.today(),
    )
    if problems or command.held_on is None:
        raise InvalidInputError(problems)
    minutes = ActionMinutesRow(
        region_code=action.region_code,
        fiscal_year=action.fiscal_year,
        minutes_id=new_id(),
        action_id=action.action_id,
    )
    fill_minutes(uow, clock, actor, minutes, command.held_on, command)
    uow.session.add(minutes)
    calendar = load_calendar(uow.session)
    for task in command.tasks:
        _hand_out(uow, clock, actor, action, minutes, task, calendar)
    action.version += 1
    action.changed_at = clock.now()
    after = {"held_on": command.held_on.isoformat(), "tasks": len(command.tasks)}
    record_action(uow, actor, action, "minutes", after=after)
    return minutes


def finish_action_task(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: FinishActionTask
) -> ActionTaskRow:
    """Report a task as done, by the party it was given to; `ConflictError` for a second time."""
    action = load_action(uow, actor, command.key, WORK)
    key = (action.region_code, action.fiscal_year, command.action_task_id)
    row = uow.session.get(ActionTaskRow, key)
    if row is None or row.action_id != action.action_id:
        raise NotFoundError
    if not speaks_for(uow.session, actor, party_of(row.body, row.unit_id)):
        raise OutsideActionError
    finish(clock, actor, row, command.note)
    action.version += 1
    action.changed_at = clock.now()
    close_tasks(uow, clock, actor, row.action_task_id, outcome="done")
    after = {"what": row.what}
    record_action(uow, actor, action, "finish_task", comment=row.done_note, after=after)
    return row


def _members(uow: UnitOfWork, action: JointActionRow) -> list[ActionMemberRow]:
    query = select(ActionMemberRow).where(
        ActionMemberRow.region_code == action.region_code,
        ActionMemberRow.fiscal_year == action.fiscal_year,
        ActionMemberRow.action_id == action.action_id,
    )
    return list(uow.session.scalars(query))


def _hand_out(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    action: JointActionRow,
    minutes: ActionMinutesRow,
    task: AssignedTask,
    calendar: WorkingCalendar,
) -> None:
    due = calendar.add_workdays(minutes.held_on, task.workdays or 0)
    body, unit_id = stored(task.party)
    row = ActionTaskRow(
        region_code=action.region_code,
        fiscal_year=action.fiscal_year,
        action_task_id=new_id(),
        action_id=action.action_id,
        minutes_id=minutes.minutes_id,
        body=body,
        unit_id=unit_id,
        person=task.person.strip(),
        what=task.what.strip(),
        workdays=task.workdays,
        due_on=due.day,
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
            title=f"{row.what}（{row.person}）：{action.number}",
            subject_kind=TASK_SUBJECT,
            subject_id=row.action_task_id,
            region=action.region_code,
            fiscal_year=action.fiscal_year,
            unit_id=action.unit_id if unit_id == OF_NO_UNIT else unit_id,
            role=task.party.task_role.value,
            tab="todo",
            due_on=due.day,
            provisional=due.provisional,
        ),
    )
