"""What waits at a post, whoever holds it: tasks belong to roles and places, not to people."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.handover import OpenItem
from services.oversight_svc.domain.posts import reach_of
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.people import PostRow
from shared.access.actor import Actor, Scope
from shared.access.scope import scope_filter
from shared.calendar_store import load_calendar
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.tasks.work import OF_NO_UNIT
from shared.terms import labels

MOST_ITEMS = 500
"""Items listed on one 移交单; a post with more hands over by its desk, and the paper says so."""


def items_of(session: Session, post: PostRow, today: date) -> list[OpenItem]:
    """Return what is open at a post, the most urgent first, at most `MOST_ITEMS`."""
    calendar, kinds = load_calendar(session), labels("task_kind")
    found = []
    for task, unit_name in session.execute(_open_tasks(_whoever_holds(session, post))):
        left = None
        if task.due_on is not None:
            left = calendar.workdays_between(today, task.due_on)
            if left == 0 and task.due_on < today:
                left = -1  # it ended on a day off: late all the same
        kind = kinds.get(task.kind, task.kind)
        unit = unit_name or "—"
        found.append(
            OpenItem(task.task_id, task.fiscal_year, kind, task.title, unit, task.due_on, left)
        )
    return found


def _open_tasks(holder: Actor) -> Select[DeskTaskRow, str | None]:
    in_reach = scope_filter(holder, UnitRow)
    if holder.scope.whole_region:
        in_reach = or_(in_reach, DeskTaskRow.unit_id == OF_NO_UNIT)
    return (
        select(DeskTaskRow, UnitRow.name)
        .outerjoin(
            UnitRow,
            and_(
                UnitRow.region_code == DeskTaskRow.region_code,
                UnitRow.unit_id == DeskTaskRow.unit_id,
            ),
        )
        .where(
            DeskTaskRow.region_code == holder.scope.region,
            DeskTaskRow.role.in_(sorted(holder.roles)),
            DeskTaskRow.closed_at.is_(None),
            in_reach,
        )
        .order_by(DeskTaskRow.due_on.nulls_last(), DeskTaskRow.task_id)
        .limit(MOST_ITEMS)
    )


def _whoever_holds(session: Session, post: PostRow) -> Actor:
    unit = find_unit(session, post.region_code, post.unit_id) if post.unit_id else None
    reach = reach_of(post.roles, unit_path=unit.path if unit else None, office=post.office)
    return Actor(
        account_id=None,
        name="",
        post_id=post.post_id,
        post_name=post.name,
        roles=frozenset(post.roles),
        scope=Scope(
            region=post.region_code,
            unit_paths=reach.unit_paths,
            offices=reach.offices,
            whole_region=reach.whole_region,
        ),
    )
