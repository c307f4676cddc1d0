"""Open tasks by kind and week of their date, and the list behind every figure of that map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, null, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.deadline_map import KINDS, VIEWED_BY, DeadlineGroup, Week
from services.oversight_svc.store.desk import DeskTaskRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class DeadlineCount:
    """How many tasks are open, and how many of them are past their date."""

    due: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """Which tasks: of a group, due from and until a day (both included)."""

    group: DeadlineGroup | None = None
    first: date | None = None
    last: date | None = None


def groups_for(actor: Actor) -> tuple[DeadlineGroup, ...]:
    """Return the groups whose work the actor may see."""
    return tuple(group for group in DeadlineGroup if is_allowed(actor, VIEWED_BY[group]))


def count_deadlines(
    session: Session, actor: Actor, weeks: Sequence[Week], today: date
) -> Mapping[tuple[DeadlineGroup, Week], DeadlineCount]:
    """Return the counts of cells that are not empty: one grouped query."""
    task, oldest = DeskTaskRow, weeks[0].last
    week = case(
        (task.due_on <= oldest, null()), else_=cast(func.date_trunc("week", task.due_on), Date)
    ).label("week")
    group = case(
        *((task.kind.in_(KINDS[group]), group.value) for group in DeadlineGroup), else_=""
    ).label("group_")
    query = (
        select(group, week, func.count().label("due"), func.count().filter(task.due_on < today))
        .join(UnitRow, _same_unit())
        .where(*_open(actor, groups_for(actor)), task.due_on <= weeks[-1].last)
        .group_by(group, week)
    )
    by_first = {each.first: each for each in weeks}
    return {
        (DeadlineGroup(name), by_first[first]): DeadlineCount(due, late)
        for name, first, due, late in session.execute(query)
    }


def list_deadlines(
    session: Session,
    actor: Actor,
    wanted: DeadlineFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return a page of (task, unit), the oldest date first."""
    allowed = groups_for(actor)
    groups = [each for each in allowed if wanted.group in (None, each)]
    query = select(DeskTaskRow, UnitRow).join(UnitRow, _same_unit()).where(*_open(actor, groups))
    if wanted.first:
        query = query.where(DeskTaskRow.due_on >= wanted.first)
    if wanted.last:
        query = query.where(DeskTaskRow.due_on <= wanted.last)
    due = func.coalesce(DeskTaskRow.due_on, date.max).label("due_key")
    keys = [Key(due), Key(DeskTaskRow.task_id.expression)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def _same_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == DeskTaskRow.region_code, UnitRow.unit_id == DeskTaskRow.unit_id
    )


def _open(actor: Actor, groups: Sequence[DeadlineGroup]) -> list[ColumnElement[bool]]:
    kinds = [kind for group in groups for kind in KINDS[group]]
    return [
        DeskTaskRow.region_code == actor.scope.region,
        DeskTaskRow.closed_at.is_(None),
        DeskTaskRow.due_on.is_not(None),
        DeskTaskRow.kind.in_(kinds),
        scope_filter(actor, UnitRow),
    ]
