"""Lists of duties: tabs with counts, what they are narrowed to, who is in charge of their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.duties.tables import DutyColumns
from shared.web.paging import Statement

Text = InstrumentedAttribute[str]
TABS = ("todo", "returned", "review", "done", "all")


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """What a list of duties is narrowed to; an empty value narrows nothing."""

    fiscal_year: int
    tab: str = "all"
    text: str = ""
    state: str = ""
    office: str = ""
    unit_code: str = ""
    overdue_on: date | None = None
    """Only duties not handed in that were due before this day."""
    paper_missing: bool = False


def same_unit(row: type[DutyColumns]) -> ColumnElement[bool]:
    """Return the condition that joins a duty to its unit."""
    return and_(UnitRow.region_code == row.region_code, UnitRow.unit_id == row.unit_id)


def is_submitted(row: type[DutyColumns]) -> ColumnElement[bool]:
    """Return the condition that the electronic form counts as handed in."""
    return row.state.in_(row.REVIEWING + row.DONE)


def paper_arrived(row: type[DutyColumns]) -> ColumnElement[bool]:
    """Return the condition that the paper of the latest submission has arrived."""
    return and_(is_submitted(row), row.paper_print_code == row.print_code)


def tab_conditions(row: type[DutyColumns]) -> Mapping[str, ColumnElement[bool]]:
    """Return the condition of each of `TABS`; what was sent back is not in `todo`."""
    with_unit = ~is_submitted(row)
    return {
        "todo": and_(with_unit, row.return_reason == ""),
        "returned": and_(with_unit, row.return_reason != ""),
        "review": row.state.in_(row.REVIEWING),
        "done": row.state.in_(row.DONE),
        "all": true(),
    }


def duty_conditions(
    row: type[DutyColumns], actor: Actor, wanted: DutyFilter, *, name: Text, code: Text
) -> list[ColumnElement[bool]]:
    """Return scope and filter; the text is looked for in `name`, `code` and the unit's names."""
    found = [
        scope_filter(actor, UnitRow),
        row.region_code == actor.scope.region,
        row.fiscal_year == wanted.fiscal_year,
        tab_conditions(row)[wanted.tab],
    ]
    if wanted.text:
        found.append(named_like(wanted.text, name=name, code=code))
    found += equal_where_given(
        {
            row.state: wanted.state,
            UnitRow.lead_office: wanted.office,
            UnitRow.code: wanted.unit_code,
        }
    )
    if wanted.overdue_on is not None:
        found += [~is_submitted(row), row.due_on < wanted.overdue_on]
    if wanted.paper_missing:
        found += [row.paper_required.is_(True), ~paper_arrived(row)]
    return found


def named_like(text: str, *, name: Text, code: Text) -> ColumnElement[bool]:
    """Return the condition that `text` is in the name, begins the code or names the unit."""
    return or_(
        name.contains(text, autoescape=True),
        code.startswith(text, autoescape=True),
        bigram_match(UnitRow.search, text),
    )


def equal_where_given(
    exact: Mapping[InstrumentedAttribute[Any], str],
) -> list[ColumnElement[bool]]:
    """Return a condition for every column with a value to be equal to."""
    return [column == value for column, value in exact.items() if value]


def count_tabs(session: Session, row: type[DutyColumns], rows: Statement) -> dict[str, int]:
    """Return the count of every tab among `rows`, a query of any tab's rows, in one query."""
    counts = [
        func.count(case((test, literal(1)))).label(tab) for tab, test in tab_conditions(row).items()
    ]
    counted = rows.with_only_columns(*counts, maintain_column_froms=True)
    return dict(session.execute(counted).one()._asdict())


def offices_in_scope(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """Return (code, name) of the offices in charge of units in the actor's scope."""
    query = (
        select(UnitRow.lead_office, UnitRow.lead_office_name)
        .where(scope_filter(actor, UnitRow), UnitRow.lead_office.is_not(None))
        .distinct()
        .order_by(UnitRow.lead_office_name)
    )
    return [(code, name or code) for code, name in session.execute(query) if code]
