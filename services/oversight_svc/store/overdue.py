"""What is late or nearly so and lacks a rung of its ladder: asked of the rows, never of a timer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SmallInteger,
    String,
    TableValuedAlias,
    and_,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ladder import KIND_OF_TASK
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.escalations import EscalationRow, is_waiting
from services.oversight_svc.store.findings import FindingRow
from shared.directory.tables import UnitRow
from shared.tasks.tables import TaskRow

OWN = "oversight_svc"
Task = type[DeskTaskRow]


@dataclass(frozen=True, slots=True)
class Batch:
    """Open tasks of one kind that share their date."""

    region_code: str
    fiscal_year: int
    task_kind: str
    due_on: date


@dataclass(frozen=True, slots=True)
class DueRung:
    """A rung that every task of a batch is to have; `kind` is the ladder's."""

    region_code: str
    fiscal_year: int
    task_kind: str
    due_on: date
    kind: str
    rung: str


@dataclass(frozen=True, slots=True)
class Late:
    """One task that lacks a rung: its unit's office and, for a finding, who raised it."""

    task: DeskTaskRow
    batch: Batch
    lead_office: str | None
    raised_by: str | None
    climbed: frozenset[str]


def batches_until(session: Session, last: date) -> Sequence[Batch]:
    """Return the batches of tasks that climb and are due on `last` or earlier."""
    task = DeskTaskRow
    named = (task.region_code, task.fiscal_year, task.kind, task.due_on)
    query = select(*named).distinct().where(_climbs(), task.due_on <= last).order_by(*named)
    rows = session.execute(query)
    return [
        Batch(region, year, kind, due_on)
        for region, year, kind, due_on in rows
        if due_on is not None
    ]


def late_tasks(session: Session, due: Sequence[DueRung], limit: int) -> list[Late]:
    """Return at most `limit` tasks lacking a rung of `due`, the oldest date first."""
    task, wanted = DeskTaskRow, _wanted(due)
    has_rung = exists().where(
        EscalationRow.region_code == task.region_code,
        EscalationRow.fiscal_year == task.fiscal_year,
        EscalationRow.subject_id == task.subject_id,
        EscalationRow.kind == wanted.c.kind,
        EscalationRow.due_on == task.due_on,
        EscalationRow.rung == wanted.c.rung,
    )
    of_batch = and_(
        wanted.c.region_code == task.region_code,
        wanted.c.fiscal_year == task.fiscal_year,
        wanted.c.task_kind == task.kind,
        wanted.c.due_on == task.due_on,
    )
    lacking = (
        select(task.region_code, task.fiscal_year, task.task_id, task.due_on)
        .select_from(wanted)
        .join(task, of_batch)
        .where(_climbs(), ~has_rung)
        .distinct()
        .order_by(task.due_on, task.task_id)
        .limit(limit)
        .subquery()
    )
    rows = session.execute(
        _with_facts().join(
            lacking,
            and_(
                lacking.c.region_code == task.region_code,
                lacking.c.fiscal_year == task.fiscal_year,
                lacking.c.task_id == task.task_id,
            ),
        )
    ).all()
    climbed = _climbed(session, [task for task, _office, _body in rows])
    return [
        Late(
            task,
            Batch(task.region_code, task.fiscal_year, task.kind, task.due_on),
            office,
            body,
            climbed.get(_episode(task), frozenset()),
        )
        for task, office, body in rows
        if task.due_on is not None
    ]


def lapsed_rungs(session: Session, limit: int) -> Sequence[EscalationRow]:
    """Return waiting rungs, locked, whose thing is handed in or has another date by now."""
    task = DeskTaskRow
    kinds = {kind: [name for name, each in KIND_OF_TASK.items() if each is kind] for kind in
             set(KIND_OF_TASK.values())}  # fmt: skip
    same_kind = or_(
        *(and_(EscalationRow.kind == kind.value, task.kind.in_(kinds[kind])) for kind in kinds)
    )
    is_still_late = exists().where(
        task.region_code == EscalationRow.region_code,
        task.fiscal_year == EscalationRow.fiscal_year,
        task.subject_id == EscalationRow.subject_id,
        task.due_on == EscalationRow.due_on,
        same_kind,
        _climbs(),
    )
    query = (
        select(EscalationRow)
        .where(is_waiting(), ~is_still_late)
        .order_by(EscalationRow.escalation_id)
        .limit(limit)
        .with_for_update()
    )
    return session.scalars(query).all()


def _climbs() -> ColumnElement[bool]:
    """Return the condition that a task climbs: it is open, also by what is known first-hand.

    The desk's copy follows by event. Of this service's own tasks the original is at hand, so what
    was handed in or extended a moment ago climbs no further.
    """
    task = DeskTaskRow
    is_outdated = exists().where(
        TaskRow.region_code == task.region_code,
        TaskRow.fiscal_year == task.fiscal_year,
        TaskRow.task_id == task.task_id,
        or_(TaskRow.closed_at.is_not(None), TaskRow.due_on.is_distinct_from(task.due_on)),
    )
    return and_(
        task.closed_at.is_(None),
        task.kind.in_(sorted(KIND_OF_TASK)),
        or_(task.source != OWN, ~is_outdated),
    )


def _wanted(due: Sequence[DueRung]) -> TableValuedAlias:
    """Return the rungs as a table: one value, however many there are."""
    rows = [{**asdict(each), "due_on": each.due_on.isoformat()} for each in due]
    return (
        func.jsonb_to_recordset(literal(rows, JSONB))
        .table_valued(
            column("region_code", String),
            column("fiscal_year", SmallInteger),
            column("task_kind", String),
            column("due_on", Date),
            column("kind", String),
            column("rung", String),
            name="wanted",
        )
        .render_derived(with_types=True)
    )


def _with_facts() -> Select[Any, Any, Any]:
    task = DeskTaskRow
    return (
        select(task, UnitRow.lead_office, FindingRow.raised_by)
        .outerjoin(
            UnitRow,
            and_(UnitRow.region_code == task.region_code, UnitRow.unit_id == task.unit_id),
        )
        .outerjoin(
            FindingRow,
            and_(
                FindingRow.region_code == task.region_code,
                FindingRow.fiscal_year == task.fiscal_year,
                FindingRow.finding_id == task.subject_id,
            ),
        )
        .order_by(task.due_on, task.task_id)
    )


Episode = tuple[str, int, UUID, str, date | None]


def _episode(task: DeskTaskRow) -> Episode:
    kind = KIND_OF_TASK[task.kind].value
    return task.region_code, task.fiscal_year, task.subject_id, kind, task.due_on


def _climbed(session: Session, tasks: Sequence[DeskTaskRow]) -> dict[Episode, frozenset[str]]:
    row = EscalationRow
    named = (row.region_code, row.fiscal_year, row.subject_id, row.kind, row.due_on)
    query = (
        select(*named, func.array_agg(row.rung))
        .where(tuple_(*named).in_([_episode(task) for task in tasks]))
        .group_by(*named)
    )
    return {
        (region, year, subject, kind, due_on): frozenset(rungs)
        for region, year, subject, kind, due_on, rungs in session.execute(query)
    }
