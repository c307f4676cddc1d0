"""The 报送进度表: one row for each first-level unit, the units below it counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.eval_svc.queries.self_evaluations import (
    is_submitted,
    paper_arrived,
    same_unit,
)
from services.eval_svc.store.campaigns import ContactRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow as Form
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.terms.vocabulary import UnitState
from shared.web.paging import MOST, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class Counts:
    """What a unit, or all of them, has to hand in and has handed in."""

    required: int = 0
    submitted: int = 0
    paper_required: int = 0
    paper_received: int = 0
    returned: int = 0
    late: int = 0
    """Handed in after the due date."""
    overdue: int = 0
    """Not handed in, the due date past."""
    due_on: date | None = None
    """The nearest due date among the forms not handed in."""
    first_due_on: date | None = None

    @property
    def missing(self) -> int:
        """Forms still to hand in."""
        return self.required - self.submitted


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One first-level unit's row."""

    unit: UnitRow
    counts: Counts
    contact: ContactRow | None


def list_progress(
    session: Session,
    actor: Actor,
    fiscal_year: int,
    today: date,
    *,
    kind: str = "",
    office: str = "",
    cursor: str | None = None,
    limit: int = MOST,
) -> Page[UnitProgress]:
    """Return a page of first-level units by code with their counts: three queries."""
    units = select(UnitRow).where(
        scope_filter(actor, UnitRow),
        UnitRow.is_department,
        UnitRow.state == UnitState.ACTIVE.value,
    )
    if office:
        units = units.where(UnitRow.lead_office == office)
    keys = (Key(UnitRow.code), Key(UnitRow.unit_id))
    page = fetch_page(session, units, keys, cursor=cursor, limit=limit)
    ids = [unit.unit_id for unit in page.items]
    counts = _counts_by_unit(session, _of_year(actor, fiscal_year, kind), today, ids)
    contacts = _last_contacts(session, actor, fiscal_year, ids)
    rows = tuple(
        UnitProgress(unit, counts.get(unit.unit_id, Counts()), contacts.get(unit.unit_id))
        for unit in page.items
    )
    return Page(rows, page.next_cursor)


def total_progress(
    session: Session,
    actor: Actor,
    fiscal_year: int,
    today: date,
    *,
    kind: str = "",
    office: str = "",
) -> Counts:
    """Return the counts of all units in the actor's scope, in one query."""
    query = (
        select(*_columns(today))
        .select_from(Form)
        .join(UnitRow, same_unit())
        .where(*_of_year(actor, fiscal_year, kind))
    )
    if office:
        query = query.where(UnitRow.lead_office == office)
    return _counts(session.execute(query).one())


def _counts_by_unit(
    session: Session, wanted: Sequence[ColumnElement[bool]], today: date, ids: Sequence[UUID]
) -> dict[UUID, Counts]:
    query = (
        select(UnitRow.department_id, *_columns(today))
        .select_from(Form)
        .join(UnitRow, same_unit())
        .where(*wanted, UnitRow.department_id.in_(ids))
        .group_by(UnitRow.department_id)
    )
    return {row.department_id: _counts(row) for row in session.execute(query)}


def _last_contacts(
    session: Session, actor: Actor, fiscal_year: int, ids: Sequence[UUID]
) -> dict[UUID, ContactRow]:
    """Return the newest telephone note of each unit, those of the units below it counted in."""
    query = (
        select(UnitRow.department_id, ContactRow)
        .join(
            UnitRow,
            and_(
                UnitRow.region_code == ContactRow.region_code,
                UnitRow.unit_id == ContactRow.unit_id,
            ),
        )
        .where(
            ContactRow.region_code == actor.scope.region,
            ContactRow.fiscal_year == fiscal_year,
            UnitRow.department_id.in_(ids),
        )
        .ext(distinct_on(UnitRow.department_id))
        .order_by(UnitRow.department_id, ContactRow.contact_id.desc())
    )
    return dict(session.execute(query).all())


def _of_year(actor: Actor, fiscal_year: int, kind: str) -> list[ColumnElement[bool]]:
    found = [
        scope_filter(actor, UnitRow),
        Form.region_code == actor.scope.region,
        Form.fiscal_year == fiscal_year,
    ]
    return [*found, Form.kind == kind] if kind else found


def _columns(today: date) -> tuple[ColumnElement[Any], ...]:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, literal(1))))

    return (
        func.count().label("required"),
        count(is_submitted).label("submitted"),
        count(Form.paper_required.expression).label("paper_required"),
        count(and_(Form.paper_required, paper_arrived)).label("paper_received"),
        func.coalesce(func.sum(Form.times_returned), 0).label("returned"),
        count(and_(is_submitted, Form.is_late)).label("late"),
        count(and_(~is_submitted, Form.due_on < today)).label("overdue"),
        func.min(case((~is_submitted, Form.due_on))).label("due_on"),
        func.min(case((~is_submitted, Form.first_due_on))).label("first_due_on"),
    )


def _counts(row: Any) -> Counts:  # noqa: ANN401 (a result row)
    return Counts(**{each.name: getattr(row, each.name) for each in fields(Counts)})
