"""The board of both annual plans: units with planned work, their items, overlaps and agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from services.oversight_svc.domain.annual_plan import (
    Coordination,
    Nearness,
    PlanSide,
    are_at_once,
    nearness,
)
from services.oversight_svc.store.annual_plan import (
    PlanCoordinationRow,
    PlanItemRow,
    find_plan_item,
    work_of,
)
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.trail.queries import TrailEntry, timeline
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two items of the two offices about the same thing, and what was agreed if anything."""

    finance: PlanItemRow
    audit: PlanItemRow
    near: Nearness
    at_once: bool
    agreed: PlanCoordinationRow | None

    @property
    def status(self) -> Coordination:
        """What was agreed; open while nobody noted anything."""
        return Coordination(self.agreed.status) if self.agreed else Coordination.OPEN


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit with what both offices plan for it in a year."""

    unit: UnitRow
    finance: Sequence[PlanItemRow]
    audit: Sequence[PlanItemRow]
    overlaps: Sequence[Overlap]


@dataclass(frozen=True, slots=True)
class OverlapDetail:
    """One overlap with its unit and every note about it."""

    unit: UnitRow
    overlap: Overlap
    trail: Sequence[TrailEntry]


def planned_units(
    session: Session,
    actor: Actor,
    year: int,
    values: Mapping[str, str],
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[PlannedUnit]:
    """Return a page of units by code: three queries, whatever the number of items."""
    query = select(UnitRow).where(
        UnitRow.region_code == actor.scope.region,
        scope_filter(actor, UnitRow),
        exists().where(_planned_for_unit(PlanItemRow, year)),
        *_narrowed(year, values),
    )
    page = fetch_page(session, query, [Key(UnitRow.code.expression)], cursor=cursor, limit=limit)
    units = page.items
    items = _items(session, actor.scope.region, year, [unit.unit_id for unit in units])
    agreed = _agreed(session, actor.scope.region, year, [row.item_id for row in items])
    by_unit: dict[UUID, list[PlanItemRow]] = defaultdict(list)
    for row in items:
        by_unit[row.unit_id].append(row)
    found = (_planned(unit, by_unit[unit.unit_id], agreed) for unit in units)
    return Page(tuple(found), page.next_cursor)


def overlap_detail(
    session: Session, actor: Actor, year: int, finance_id: UUID, audit_id: UUID
) -> OverlapDetail:
    """Return one overlap; raise `NotFoundError` outside the scope or where there is none."""
    region = actor.scope.region
    finance = find_plan_item(session, region, year, finance_id)
    audit = find_plan_item(session, region, year, audit_id)
    unit = find_unit(session, region, finance.unit_id) if finance else None
    if finance is None or audit is None or unit is None or finance.withdrawn_on:
        raise NotFoundError
    visible = exists().where(
        UnitRow.region_code == region, UnitRow.unit_id == unit.unit_id, scope_filter(actor, UnitRow)
    )
    if not session.scalar(select(visible)):
        raise NotFoundError
    agreed = session.get(PlanCoordinationRow, (region, year, finance_id, audit_id))
    found = _overlap(finance, audit, agreed)
    if found is None or (finance.side, audit.side) != ("finance", "audit"):
        raise NotFoundError
    notes = timeline(session, agreed.coordination_id) if agreed else []
    return OverlapDetail(unit, found, notes)


def _planned_for_unit(item: type[PlanItemRow], year: int) -> ColumnElement[bool]:
    return and_(
        item.region_code == UnitRow.region_code,
        item.unit_id == UnitRow.unit_id,
        item.fiscal_year == year,
        item.withdrawn_on.is_(None),
    )


def _narrowed(year: int, values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if office := values.get("office"):
        found.append(UnitRow.lead_office == office)
    if kind := values.get("kind"):
        found.append(exists().where(_planned_for_unit(PlanItemRow, year), PlanItemRow.kind == kind))
    if words := values.get("q", "").replace("\x00", ""):
        title = exists().where(
            _planned_for_unit(PlanItemRow, year),
            PlanItemRow.title.contains(words, autoescape=True),
        )
        found.append(or_(UnitRow.name.contains(words, autoescape=True), title))
    if status := values.get("status"):
        found.append(_has_overlap(year, status))
    return found


def _has_overlap(year: int, status: str) -> ColumnElement[bool]:
    """Return the condition that a unit has an overlap, of a status unless any will do."""
    finance, audit = aliased(PlanItemRow), aliased(PlanItemRow)
    near = or_(
        finance.project_id.is_(None),
        audit.project_id.is_(None),
        finance.project_id == audit.project_id,
    )
    pair = [
        _planned_for_unit(finance, year),
        _planned_for_unit(audit, year),
        finance.side == PlanSide.FINANCE.value,
        audit.side == PlanSide.AUDIT.value,
        near,
    ]
    note = (
        PlanCoordinationRow.region_code == finance.region_code,
        PlanCoordinationRow.fiscal_year == finance.fiscal_year,
        PlanCoordinationRow.finance_item_id == finance.item_id,
        PlanCoordinationRow.audit_item_id == audit.item_id,
    )
    if status == Coordination.OPEN.value:
        settled = PlanCoordinationRow.status != Coordination.OPEN.value
        pair.append(~exists().where(*note, settled).correlate(finance, audit))
    elif status != "any":
        pair.append(
            exists().where(*note, PlanCoordinationRow.status == status).correlate(finance, audit)
        )
    return exists().where(*pair).correlate(UnitRow)


def _items(
    session: Session, region: str, year: int, units: Sequence[UUID]
) -> Sequence[PlanItemRow]:
    query = (
        select(PlanItemRow)
        .where(
            PlanItemRow.region_code == region,
            PlanItemRow.fiscal_year == year,
            PlanItemRow.unit_id.in_(units),
            PlanItemRow.withdrawn_on.is_(None),
        )
        .order_by(PlanItemRow.starts_on, PlanItemRow.item_id)
    )
    return session.scalars(query).all()


def _agreed(
    session: Session, region: str, year: int, items: Sequence[UUID]
) -> dict[tuple[UUID, UUID], PlanCoordinationRow]:
    query = select(PlanCoordinationRow).where(
        PlanCoordinationRow.region_code == region,
        PlanCoordinationRow.fiscal_year == year,
        PlanCoordinationRow.finance_item_id.in_(items),
    )
    return {(row.finance_item_id, row.audit_item_id): row for row in session.scalars(query)}


def _planned(
    unit: UnitRow,
    items: Sequence[PlanItemRow],
    agreed: Mapping[tuple[UUID, UUID], PlanCoordinationRow],
) -> PlannedUnit:
    finance = [row for row in items if row.side == PlanSide.FINANCE.value]
    audit = [row for row in items if row.side == PlanSide.AUDIT.value]
    pairs = (
        _overlap(one, other, agreed.get((one.item_id, other.item_id)))
        for one in finance
        for other in audit
    )
    return PlannedUnit(unit, finance, audit, [each for each in pairs if each])


def _overlap(
    finance: PlanItemRow, audit: PlanItemRow, agreed: PlanCoordinationRow | None
) -> Overlap | None:
    one, other = work_of(finance), work_of(audit)
    near = nearness(one, other)
    return Overlap(finance, audit, near, are_at_once(one, other), agreed) if near else None
