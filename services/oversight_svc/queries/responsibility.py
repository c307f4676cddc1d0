"""The register of responsibility (责任登记): who answered for a unit, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from services.oversight_svc.queries.accountability import cases_about
from services.oversight_svc.store.accountability import CaseRow
from services.oversight_svc.store.handovers import UnitHeadRow, heads_of
from services.oversight_svc.store.responsibility import Responsible, responsible_on
from shared.access.actor import Actor
from shared.access.rights import require_scope
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Register:
    """A unit on a day: who answered for it, every head it had, the cases about it."""

    unit: UnitRow
    people: Sequence[Responsible]
    heads: Sequence[UnitHeadRow]
    cases: Sequence[CaseRow]


def register_of(
    session: Session, actor: Actor, unit_id: UUID, on: date, *, with_cases: bool
) -> Register:
    """Return the register's page; raise `NotFoundError` for a unit outside the scope."""
    unit = find_unit(session, actor.scope.region, unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    return Register(
        unit=unit,
        people=responsible_on(session, unit, on),
        heads=heads_of(session, unit.region_code, unit.unit_id),
        cases=cases_about(session, actor, unit_id) if with_cases else (),
    )


def responsible_people(
    session: Session, actor: Actor, unit_ids: Sequence[UUID], on: date
) -> list[tuple[UnitRow, list[Responsible]]]:
    """Return who answered for each of the units on a day; units out of reach are left out."""
    found = []
    for unit_id in dict.fromkeys(unit_ids):
        unit = find_unit(session, actor.scope.region, unit_id)
        if unit is not None and actor.scope.covers(
            region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
        ):
            found.append((unit, responsible_on(session, unit, on)))
    return found
