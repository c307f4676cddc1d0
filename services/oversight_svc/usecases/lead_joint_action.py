"""Acts: start a joint action, invite a party, end it (Y25-6.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.joint_actions import (
    JointActionState,
    OpenTasksError,
    Party,
    check_action,
    check_lead,
    check_under_way,
    lead_of,
)
from services.oversight_svc.store.joint_action_sight import find_action, stored
from services.oversight_svc.store.joint_actions import (
    ActionMemberRow,
    ActionTaskRow,
    JointActionRow,
    next_action_number,
)
from services.oversight_svc.usecases.recording import record_on
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, StaleVersionError
from shared.ids import new_id
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody

SUBJECT = "oversight.joint_action"
LEAD = "oversight.joint_action.lead"


@dataclass(frozen=True, slots=True)
class ActionKey:
    """Names an action inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    action_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class StartAction:
    """What the action is about and when it runs."""

    fiscal_year: int
    unit_id: UUID
    title: str
    purpose: str
    basis: str
    starts_on: date | None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class InviteParty:
    """Which party joins with which rights, on what basis."""

    key: ActionKey
    party: Party
    rights: MemberRights
    basis: str


@dataclass(frozen=True, slots=True)
class EndAction:
    """What came of it."""

    key: ActionKey
    result: str


def start_action(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: StartAction
) -> JointActionRow:
    """Start; the actor's body leads and is the first party. `InvalidInputError` for gaps."""
    require(actor, LEAD)
    lead, region = lead_of(actor.roles), actor.scope.region
    unit = find_unit(uow.session, region, command.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    problems = check_action(
        command.title, command.purpose, command.basis, command.starts_on, command.ends_on
    )
    if problems or command.starts_on is None:
        raise InvalidInputError(problems)
    row = JointActionRow(
        region_code=region,
        fiscal_year=command.fiscal_year,
        action_id=new_id(),
        version=1,
        number=next_action_number(uow.session, region, command.fiscal_year),
        state=JointActionState.UNDER_WAY.value,
        lead=lead.value,
        unit_id=unit.unit_id,
        title=command.title.strip(),
        purpose=command.purpose.strip(),
        basis=command.basis.strip(),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        starter_name=actor.name,
        changed_at=clock.now(),
        result="",
    )
    uow.session.add(row)
    own = Party(MemberBody(lead.value))
    _seat(uow, clock, actor, row, own, MemberRights.WORK, "牵头单位")
    record_action(uow, actor, row, "start", comment=row.basis)
    return row


def invite_party(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: InviteParty
) -> ActionMemberRow:
    """Let a party take part, or change its rights; only the leading body invites.

    Raises `OutsideActionError` for anybody else, `EndedActionError` once it is over.
    """
    row = load_action(uow, actor, command.key, LEAD)
    check_lead(RaisingBody(row.lead), actor.roles)
    problems = []
    if not command.basis.strip():
        problems.append(FieldProblem("basis", "missing", "请填写邀请依据。"))
    if command.party.body is not None and command.party.body.value == row.lead:
        problems.append(FieldProblem("party", "own_body", "牵头单位已是成员。"))
    body, unit_id = command.party.body, command.party.unit_id
    unit = find_unit(uow.session, row.region_code, unit_id) if unit_id else None
    if body is None and unit is None:
        problems.append(FieldProblem("party", "unknown_unit", "单位名录中没有这个部门。"))
    if problems:
        raise InvalidInputError(problems)
    member = _seat(uow, clock, actor, row, command.party, command.rights, command.basis.strip())
    row.version += 1
    row.changed_at = clock.now()
    name = label_of(body) if body else unit.name if unit else ""
    after = {"body": name, "rights": label_of(command.rights)}
    record_action(uow, actor, row, "invite", comment=member.basis, after=after)
    return member


def end_action(uow: UnitOfWork, clock: Clock, actor: Actor, command: EndAction) -> JointActionRow:
    """End it with its result; raise `OpenTasksError` while a task is left."""
    row = load_action(uow, actor, command.key, LEAD)
    check_lead(RaisingBody(row.lead), actor.roles)
    if not command.result.strip():
        raise InvalidInputError([FieldProblem("result", "missing", "请写明联合行动的结果。")])
    left = uow.session.scalar(
        select(func.count())
        .select_from(ActionTaskRow)
        .where(
            ActionTaskRow.region_code == row.region_code,
            ActionTaskRow.fiscal_year == row.fiscal_year,
            ActionTaskRow.action_id == row.action_id,
            ActionTaskRow.done_on.is_(None),
        )
    )
    if left:
        raise OpenTasksError(count=left)
    row.state = JointActionState.ENDED.value
    row.result, row.ended_on = command.result.strip(), clock.today()
    row.version += 1
    row.changed_at = clock.now()
    record_action(uow, actor, row, "end", comment=row.result)
    return row


def load_action(uow: UnitOfWork, actor: Actor, key: ActionKey, permission: str) -> JointActionRow:
    """Return an action under way for the actor's eyes, locked.

    Raises `ForbiddenError`, `NotFoundError`, `StaleVersionError` or `EndedActionError`.
    """
    require(actor, permission)
    row = find_action(uow.session, actor, key.fiscal_year, key.action_id, lock=True)
    if row.version != key.version:
        raise StaleVersionError
    check_under_way(JointActionState(row.state))
    return row


def record_action(
    uow: UnitOfWork,
    actor: Actor,
    row: JointActionRow,
    name: str,
    *,
    comment: str = "",
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write `oversight.joint_action.<name>` into the trail."""
    record_on(
        uow,
        actor,
        row,
        f"{SUBJECT}.{name}",
        (SUBJECT, row.action_id, f"{row.number} {row.title}"),
        unit_id=row.unit_id,
        comment=comment,
        after=after,
    )


def _seat(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    row: JointActionRow,
    party: Party,
    rights: MemberRights,
    basis: str,
) -> ActionMemberRow:
    body, unit_id = stored(party)
    key = (row.region_code, row.fiscal_year, row.action_id, body, unit_id)
    member = uow.session.get(ActionMemberRow, key)
    if member is None:
        member = ActionMemberRow(
            region_code=row.region_code,
            fiscal_year=row.fiscal_year,
            action_id=row.action_id,
            body=body,
            unit_id=unit_id,
            joined_on=clock.today(),
        )
        uow.session.add(member)
    member.rights, member.basis, member.inviter_name = rights.value, basis, actor.name
    return member
