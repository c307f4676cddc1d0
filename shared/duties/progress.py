"""The 报送进度表: one row for each first-level unit, the units below it counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.duties.lists import is_submitted, paper_arrived, same_unit
from shared.duties.tables import ContactColumns, DutyColumns
from shared.terms.vocabulary import UnitState
from shared.web.paging import MOST, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class Owed:
    """What is counted: a service's duties of a budget year, perhaps only `some` of them."""

    row: type[DutyColumns]
    contact: type[ContactColumns]
    fiscal_year: int
    some: tuple[ColumnElement[bool], ...] = ()


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
    """The nearest due date among what is not handed in."""
    first_due_on: date | None = None

    @property
    def missing(self) -> int:
        """Still to hand in."""
        return self.required - self.submitted


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One first-level unit's row."""

    unit: UnitRow
    counts: Counts
    contact: ContactColumns | None


def list_progress(
    session: Session,
    actor: Actor,
    owed: Owed,
    today: date,
    *,
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
    counts = _counts_by_unit(session, actor, owed, today, ids)
    contacts = _last_contacts(session, actor, owed, ids)
    rows = tuple(
        UnitProgress(unit, counts.get(unit.unit_id, Counts()), contacts.get(unit.unit_id))
        for unit in page.items
    )
    return Page(rows, page.next_cursor)


def total_progress(
    session: Session, actor: Actor, owed: Owed, today: date, *, office: str = ""
) -> Counts:
    """Return the counts of all units in the actor's scope, in one query."""
    query = (
        select(*_columns(owed.row, today))
        .select_from(owed.row)
        .join(UnitRow, same_unit(owed.row))
        .where(*_conditions(actor, owed))
    )
    if office:
        query = query.where(UnitRow.lead_office == office)
    return _counts(session.execute(query).one())


def count_by(
    session: Session, actor: Actor, owed: Owed, column: InstrumentedAttribute[str]
) -> dict[str, int]:
    """Return how many duties in the actor's scope have each value of `column`."""
    query = (
        select(column, func.count())
        .select_from(owed.row)
        .join(UnitRow, same_unit(owed.row))
        .where(*_conditions(actor, owed))
        .group_by(column)
    )
    return dict(session.execute(query).all())


def _counts_by_unit(
    session: Session, actor: Actor, owed: Owed, today: date, ids: Sequence[UUID]
) -> dict[UUID, Counts]:
    query = (
        select(UnitRow.department_id, *_columns(owed.row, today))
        .select_from(owed.row)
        .join(UnitRow, same_unit(owed.row))
        .where(*_conditions(actor, owed), UnitRow.department_id.in_(ids))
        .group_by(UnitRow.department_id)
    )
    return {row.department_id: _counts(row) for row in session.execute(query)}


def _last_contacts(
    session: Session, actor: Actor, owed: Owed, ids: Sequence[UUID]
) -> dict[UUID, ContactColumns]:
    """Return the newest telephone note of each unit, those of the units below it counted in."""
    contact = owed.contact
    query = (
        select(UnitRow.department_id, contact)
        .join(
            UnitRow,
            and_(UnitRow.region_code == contact.region_code, UnitRow.unit_id == contact.unit_id),
        )
        .where(
            contact.region_code == actor.scope.region,
            contact.fiscal_year == owed.fiscal_year,
            UnitRow.department_id.in_(ids),
        )
        .ext(distinct_on(UnitRow.department_id))
        .order_by(UnitRow.department_id, contact.contact_id.desc())
    )
    return dict(session.execute(query).all())


def _conditions(actor: Actor, owed: Owed) -> tuple[ColumnElement[bool], ...]:
    return (
        scope_filter(actor, UnitRow),
        owed.row.region_code == actor.scope.region,
        owed.row.fiscal_year == owed.fiscal_year,
        *owed.some,
    )


def _columns(row: type[DutyColumns], today: date) -> tuple[ColumnElement[Any], ...]:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, literal(1))))

    submitted = is_submitted(row)
    return (
        func.count().label("required"),
        count(submitted).label("submitted"),
        count(row.paper_required.expression).label("paper_required"),
        count(and_(row.paper_required, paper_arrived(row))).label("paper_received"),
        func.coalesce(func.sum(row.times_returned), 0).label("returned"),
        count(and_(submitted, row.is_late)).label("late"),
        count(and_(~submitted, row.due_on < today)).label("overdue"),
        func.min(case((~submitted, row.due_on))).label("due_on"),
        func.min(case((~submitted, row.first_due_on))).label("first_due_on"),
    )


def _counts(row: Any) -> Counts:  # noqa: ANN401 (a result row)
    return Counts(**{each.name: getattr(row, each.name) for each in fields(Counts)})
