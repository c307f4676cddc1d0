"""The rows an actor may see, as one SQL predicate over the unit table."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_

from shared.access.actor import Actor
from shared.directory.tables import UnitRow


def scope_filter(actor: Actor, unit_table: type[UnitRow]) -> ColumnElement[bool]:
    """Return the condition that a row of `unit_table` lies in the actor's scope.

    The same rule as `Scope.covers`. An empty scope gives a false condition, never an absent one.
    A list joins its rows to the unit table (or an alias of it) once and adds this.
    """
    scope = actor.scope
    if not scope.region:
        return false()
    in_region = unit_table.region_code == scope.region
    if scope.whole_region:
        return in_region
    ways: list[ColumnElement[bool]] = [
        unit_table.path.startswith(path, autoescape=True) for path in scope.unit_paths
    ]
    if scope.offices:
        ways.append(unit_table.lead_office.in_(scope.offices))
    return and_(in_region, or_(*ways)) if ways else false()
