"""What waits for me: the desk's tabs with counts, and one page of a tab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.store.desk import DeskTaskRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.tasks.work import OF_NO_UNIT
from shared.web.paging import USUAL, Key, Page, fetch_page

FAR_FUTURE = date(9999, 12, 31)
OPEN_TABS = ("todo", "returned", "review")


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """Open tasks by tab, and how many are overdue, due today, due within the week."""

    todo: int
    returned: int
    review: int
    done: int
    overdue: int
    today: int
    week: int


def count_desk(session: Session, actor: Actor, today: date, week_end: date) -> DeskCounts:
    """Count the actor's open tasks and what they finished, in one query."""
    task = DeskTaskRow
    due = task.due_on
    is_open = task.closed_at.is_(None)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, literal(1))))

    query = (
        select(
            *(count(and_(is_open, task.tab == tab)).label(tab) for tab in OPEN_TABS),
            count(task.closed_at.is_not(None)).label("done"),
            count(and_(is_open, due < today)).label("overdue"),
            count(and_(is_open, due == today)).label("today"),
            count(and_(is_open, due > today, due <= week_end)).label("week"),
        )
        .select_from(task)
        .outerjoin(UnitRow, _same_unit())
        .where(_mine(actor))
    )
    return DeskCounts(**session.execute(query).one()._asdict())


def list_desk(
    session: Session,
    actor: Actor,
    *,
    tab: str = "",
    due: str = "",
    today: date,
    week_end: date,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return one page of a tab, or of all open ones; the most urgent first; (task, unit) rows.

    A task that names no unit comes without one.

    `due` narrows open tasks to `overdue`, `today`, or `week` (after today, until `week_end`).
    """
    query = select(DeskTaskRow, UnitRow).outerjoin(UnitRow, _same_unit())
    if tab == "done":
        query = query.where(
            DeskTaskRow.region_code == actor.scope.region,
            DeskTaskRow.closed_by == actor.account_id,
            DeskTaskRow.closed_at.is_not(None),
            _in_reach(actor),
        )
        keys = [
            Key(DeskTaskRow.closed_at, descending=True),
            Key(DeskTaskRow.task_id, descending=True),
        ]
        return fetch_page(session, query, keys, cursor=cursor, limit=limit)
    query = query.where(_mine(actor), DeskTaskRow.closed_at.is_(None))
    if tab:
        query = query.where(DeskTaskRow.tab == tab)
    bounds = {
        "overdue": DeskTaskRow.due_on < today,
        "today": DeskTaskRow.due_on == today,
        "week": and_(DeskTaskRow.due_on > today, DeskTaskRow.due_on <= week_end),
    }
    if due in bounds:
        query = query.where(bounds[due])
    urgency = func.coalesce(DeskTaskRow.due_on, FAR_FUTURE).label("urgency")
    keys = [Key(urgency), Key(DeskTaskRow.task_id)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def _same_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == DeskTaskRow.region_code, UnitRow.unit_id == DeskTaskRow.unit_id
    )


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Tasks of my roles in my scope; finished ones count when I finished them."""
    open_for_me = and_(DeskTaskRow.closed_at.is_(None), DeskTaskRow.role.in_(sorted(actor.roles)))
    done_by_me = and_(DeskTaskRow.closed_at.is_not(None), DeskTaskRow.closed_by == actor.account_id)
    return and_(
        DeskTaskRow.region_code == actor.scope.region,
        _in_reach(actor),
        open_for_me | done_by_me,
    )


def _in_reach(actor: Actor) -> ColumnElement[bool]:
    """Tasks about units of my scope; those that name no unit reach whoever sees the region."""
    of_units = scope_filter(actor, UnitRow)
    of_none = DeskTaskRow.unit_id == OF_NO_UNIT
    return or_(of_units, of_none) if actor.scope.whole_region else of_units
