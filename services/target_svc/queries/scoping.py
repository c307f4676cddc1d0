"""What every list here shares: the unit joined once, so that scope and names cost one join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow

Statement = Select[*tuple[Any, ...]]
"""Any statement, whatever it selects."""

MOST_UNITS = 500
"""Units offered as a filter; larger places find theirs by the text filter."""


@dataclass(frozen=True, slots=True)
class UnitChoices:
    """(value, label) of the units and lead offices in scope, for filters."""

    units: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str], ...]


def unit_choices(session: Session, actor: Actor) -> UnitChoices:
    """Return the filters' choices in one query."""
    query = (
        select(UnitRow.unit_id, UnitRow.name, UnitRow.lead_office, UnitRow.lead_office_name)
        .where(scope_filter(actor, UnitRow))
        .order_by(UnitRow.pinyin)
        .limit(MOST_UNITS)
    )
    rows = session.execute(query).all()
    offices = {row.lead_office: row.lead_office_name for row in rows if row.lead_office}
    return UnitChoices(
        tuple((str(row.unit_id), row.name) for row in rows),
        tuple(sorted(offices.items(), key=lambda each: each[1])),
    )


def with_unit(statement: Statement, actor: Actor) -> Statement:
    """Join a statement on projects to their units and keep what lies in the actor's scope."""
    return statement.join(
        UnitRow,
        and_(UnitRow.region_code == ProjectRow.region_code, UnitRow.unit_id == ProjectRow.unit_id),
    ).where(scope_filter(actor, UnitRow))


def target_of_project() -> ColumnElement[bool]:
    """Return the join condition between a project and its target."""
    return and_(
        TargetRow.region_code == ProjectRow.region_code,
        TargetRow.fiscal_year == ProjectRow.fiscal_year,
        TargetRow.project_id == ProjectRow.project_id,
    )
