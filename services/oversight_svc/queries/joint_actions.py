"""Joint actions for the actor's eyes: the list, and one with its parties, minutes and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.accountability_members import MemberRights
from services.oversight_svc.store.joint_action_sight import (
    action_sight,
    find_action,
    party_of,
    speaks_for,
)
from services.oversight_svc.store.joint_actions import (
    ActionMemberRow,
    ActionMinutesRow,
    ActionTaskRow,
    JointActionRow,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.trail.queries import TrailEntry, timeline
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """An action with what belongs to it; `names` are the units' by id."""

    action: JointActionRow
    members: Sequence[ActionMemberRow]
    minutes: Sequence[ActionMinutesRow]
    tasks: Sequence[ActionTaskRow]
    names: Mapping[UUID, str]
    trail: Sequence[TrailEntry]


def list_actions(
    session: Session,
    actor: Actor,
    values: Mapping[str, str],
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[tuple[JointActionRow, UnitRow]]:
    """Return a page of (action, unit concerned), the newest first."""
    query = select(JointActionRow, UnitRow).join(UnitRow, _its_unit()).where(action_sight(actor))
    if state := values.get("state"):
        query = query.where(JointActionRow.state == state)
    if lead := values.get("lead"):
        query = query.where(JointActionRow.lead == lead)
    if words := values.get("q", "").replace("\x00", ""):
        query = query.where(
            JointActionRow.title.contains(words, autoescape=True)
            | UnitRow.name.contains(words, autoescape=True)
        )
    keys = [Key(JointActionRow.action_id, descending=True)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def action_detail(session: Session, actor: Actor, year: int, action_id: UUID) -> ActionDetail:
    """Return the page's content; raise `NotFoundError` for an action not for the actor's eyes."""
    action = find_action(session, actor, year, action_id)
    members = _of(session, ActionMemberRow, action, ActionMemberRow.joined_on)
    tasks = _of(session, ActionTaskRow, action, ActionTaskRow.due_on)
    units = {action.unit_id, *(row.unit_id for row in members)}
    named = select(UnitRow.unit_id, UnitRow.name).where(
        UnitRow.region_code == action.region_code, UnitRow.unit_id.in_(units)
    )
    return ActionDetail(
        action=action,
        members=members,
        minutes=_of(session, ActionMinutesRow, action, ActionMinutesRow.minutes_id),
        tasks=tasks,
        names=dict(session.execute(named).all()),
        trail=timeline(session, action.action_id),
    )


def find_action_task(
    session: Session, actor: Actor, year: int, action_task_id: UUID
) -> tuple[JointActionRow, ActionTaskRow]:
    """Return a task with its action; raise `NotFoundError`."""
    task = session.get(ActionTaskRow, (actor.scope.region, year, action_task_id))
    if task is None:
        raise NotFoundError
    return find_action(session, actor, year, task.action_id), task


def may_work(session: Session, actor: Actor, detail: ActionDetail) -> bool:
    """Tell whether one of the actor's parties works on it."""
    return any(
        row.rights == MemberRights.WORK
        and speaks_for(session, actor, party_of(row.body, row.unit_id))
        for row in detail.members
    )


def _its_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == JointActionRow.region_code,
        UnitRow.unit_id == JointActionRow.unit_id,
    )


def _of(session: Session, table: Any, action: JointActionRow, order: Any) -> Sequence[Any]:  # noqa: ANN401 (any of the tables)
    query = (
        select(table)
        .where(
            table.region_code == action.region_code,
            table.fiscal_year == action.fiscal_year,
            table.action_id == action.action_id,
        )
        .order_by(order)
    )
    return session.scalars(query).all()
