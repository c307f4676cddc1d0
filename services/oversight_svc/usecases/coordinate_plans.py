"""Act: either office notes what was agreed where their plans overlap (Y25-6.11)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.domain.annual_plan import (
    Coordination,
    PlanSide,
    check_coordination,
    nearness,
    side_of,
)
from services.oversight_svc.store.annual_plan import (
    PlanCoordinationRow,
    PlanItemRow,
    find_plan_item,
    work_of,
)
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import InvalidInputError, NotFoundError, StaleVersionError
from shared.ids import new_id
from shared.terms import label_of
from shared.trail.record import Act


@dataclass(frozen=True, slots=True)
class CoordinatePlans:
    """The two items, what is agreed, and the version seen (0: nothing was noted yet)."""

    fiscal_year: int
    finance_item_id: UUID
    audit_item_id: UUID
    version: int
    status: Coordination
    note: str


def coordinate_plans(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: CoordinatePlans
) -> PlanCoordinationRow:
    """Note it with who and when; the earlier notes stay in the trail.

    Raises `OtherSideError` for somebody of neither office, `NotFoundError` where the two do not
    overlap, `StaleVersionError` when the other office noted something meanwhile.
    """
    require(actor, "oversight.annual_plan.coordinate")
    side = side_of(actor.roles)
    finance, audit = _overlapping(uow, actor, command)
    problems = check_coordination(command.status, command.note)
    if problems:
        raise InvalidInputError(problems)
    key = (finance.region_code, finance.fiscal_year, finance.item_id, audit.item_id)
    row = uow.session.get(PlanCoordinationRow, key)
    if (row.version if row else 0) != command.version:
        raise StaleVersionError
    if row is None:
        row = PlanCoordinationRow(
            region_code=finance.region_code,
            fiscal_year=finance.fiscal_year,
            finance_item_id=finance.item_id,
            audit_item_id=audit.item_id,
            coordination_id=new_id(),
            version=0,
        )
        uow.session.add(row)
    before = {"status": row.status} if row.version else None
    row.version += 1
    row.status, row.note = command.status.value, command.note.strip()
    row.side, row.noter_name, row.noted_at = side.value, actor.name, clock.now()
    uow.record(
        actor,
        Act(
            name="oversight.annual_plan.coordinate",
            object_kind="oversight.plan_coordination",
            object_id=row.coordination_id,
            object_title=f"{finance.title} / {audit.title}",
            region=row.region_code,
            fiscal_year=row.fiscal_year,
            unit_id=finance.unit_id,
            before=before,
            after={"status": row.status},
            comment="：".join(each for each in (label_of(command.status), row.note) if each),
        ),
    )
    return row


def _overlapping(
    uow: UnitOfWork, actor: Actor, command: CoordinatePlans
) -> tuple[PlanItemRow, PlanItemRow]:
    """Return the two items, finance's locked so that two notes come one after the other."""
    region, year = actor.scope.region, command.fiscal_year
    finance = find_plan_item(uow.session, region, year, command.finance_item_id, lock=True)
    audit = find_plan_item(uow.session, region, year, command.audit_item_id)
    sides = (PlanSide.FINANCE.value, PlanSide.AUDIT.value)
    if finance is None or audit is None or (finance.side, audit.side) != sides:
        raise NotFoundError
    if finance.withdrawn_on or nearness(work_of(finance), work_of(audit)) is None:
        raise NotFoundError
    unit = find_unit(uow.session, region, finance.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    return finance, audit
