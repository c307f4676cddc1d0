"""Whose eyes a joint action is for: its parties, the five bodies within their scope."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.accountability_members import MemberBody, bodies_of
from services.oversight_svc.domain.joint_actions import DEPARTMENT_ROLES, Party
from services.oversight_svc.store.joint_actions import ActionMemberRow, JointActionRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.tasks.work import OF_NO_UNIT

DEPARTMENT = "department"
"""What `body` says of a competent department, which `unit_id` names."""


def action_sight(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an action of the actor's region is for the actor's eyes."""
    concerned = _unit_in_scope(actor, JointActionRow.unit_id.expression)
    own = and_(ActionMemberRow.body.in_([each.value for each in bodies_of(actor.roles)]), concerned)
    seats = [own]
    if not DEPARTMENT_ROLES.isdisjoint(actor.roles):
        seats.append(
            and_(
                ActionMemberRow.body == DEPARTMENT,
                _unit_in_scope(actor, ActionMemberRow.unit_id.expression),
            )
        )
    seat = exists().where(
        ActionMemberRow.region_code == JointActionRow.region_code,
        ActionMemberRow.fiscal_year == JointActionRow.fiscal_year,
        ActionMemberRow.action_id == JointActionRow.action_id,
        or_(*seats),
    )
    return and_(JointActionRow.region_code == actor.scope.region, seat)


def find_action(
    session: Session, actor: Actor, year: int, action_id: UUID, *, lock: bool = False
) -> JointActionRow:
    """Return an action for the actor's eyes, locked when `lock`; raise `NotFoundError`."""
    query = select(JointActionRow).where(
        action_sight(actor),
        JointActionRow.fiscal_year == year,
        JointActionRow.action_id == action_id,
    )
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def party_of(body: str, unit_id: UUID) -> Party:
    """Return the party a row names."""
    if body == DEPARTMENT:
        return Party(None, unit_id)
    return Party(MemberBody(body))


def stored(party: Party) -> tuple[str, UUID]:
    """Return how a party stands in a row; the twin of `party_of`."""
    if party.body is None:
        return DEPARTMENT, party.unit_id or OF_NO_UNIT
    return party.body.value, OF_NO_UNIT


def speaks_for(session: Session, actor: Actor, party: Party) -> bool:
    """Tell whether the actor belongs to the party; of a department, within the own scope."""
    if not party.includes(actor.roles):
        return False
    if party.body is not None:
        return True
    visible = exists().where(
        UnitRow.region_code == actor.scope.region,
        UnitRow.unit_id == party.unit_id,
        scope_filter(actor, UnitRow),
    )
    return session.scalar(select(visible)) or False


def _unit_in_scope(actor: Actor, unit_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return exists().where(
        UnitRow.region_code == actor.scope.region,
        UnitRow.unit_id == unit_id,
        scope_filter(actor, UnitRow),
    )
