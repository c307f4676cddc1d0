"""Act: the audit office tells its annual plan; the same plan again changes nothing (Y25-6.11)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from services.oversight_svc.domain.annual_plan import PlanKind, PlanSide
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE
from services.oversight_svc.store.annual_plan import PlanItemRow, plan_item_years
from services.oversight_svc.store.sharing_records import (
    SharedProjectRow,
    SharedRecordRow,
    latest_version,
    project_by_code,
)
from services.oversight_svc.usecases.sharing_records import SharedFact, as_text, keep_record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit_by_code
from shared.errors import FieldProblem, InvalidInputError
from shared.terms.vocabulary import ShareEntry
from shared.trail.record import Act

ENTRY = ShareEntry.AUDIT_PLAN


@dataclass(frozen=True, slots=True)
class PlannedAudit:
    """One audit of a unit; `source_key` names it for good in the audit office's own system."""

    fiscal_year: int
    source_key: str
    unit_code: str
    title: str
    audit_kind: str
    starts_on: date | None
    ends_on: date | None
    document_number: str
    project_code: str = ""
    """The project audited, where it is about one; not among the shared fields."""


@dataclass(frozen=True, slots=True)
class Filed:
    """How many items were new, changed and the same as before."""

    created: int
    changed: int
    unchanged: int


def file_audit_plan(
    uow: UnitOfWork, clock: Clock, actor: Actor, items: Sequence[PlannedAudit]
) -> Filed:
    """Keep the items as shared records; raise `InvalidInputError` for an unknown unit."""
    require(actor, "oversight.sharing.file_plan")
    region, counts = actor.scope.region, {"created": 0, "changed": 0, "unchanged": 0}
    problems = []
    for place, item in enumerate(items):
        unit = find_unit_by_code(uow.session, region, item.unit_code.strip())
        if unit is None:
            message = f"单位名录中没有编码为 {item.unit_code} 的单位。"
            problems.append(FieldProblem(f"items.{place}.unit_code", "unknown_unit", message))
            continue
        identity = audit_item_id(region, item.source_key)
        known = latest_version(uow.session, region, ENTRY.value, identity)
        outcome = _outcome(known, item, unit.unit_id)
        counts[outcome] += 1
        if outcome != "unchanged":
            keep_record(uow, clock, _fact(region, item, identity, unit.unit_id, known))
            uow.session.flush()
        _put_on_board(uow, clock, actor, item, identity, unit.unit_id)
    if problems:
        raise InvalidInputError(problems)
    facts = Act(
        name="oversight.sharing.file_plan",
        object_kind="oversight.audit_plan",
        object_id=uuid5(NAMESPACE_URL, f"wenxiao:audit-plan:{region}"),
        object_title="年度审计项目计划",
        region=region,
        after=dict(counts),
    )
    uow.record(actor, facts)
    return Filed(**counts)


def audit_item_id(region: str, source_key: str) -> UUID:
    """Return what names an item here: the same for the same key of the audit office."""
    return uuid5(NAMESPACE_URL, f"wenxiao:audit-plan:{region}:{source_key}")


def _put_on_board(
    uow: UnitOfWork, clock: Clock, actor: Actor, item: PlannedAudit, identity: UUID, unit_id: UUID
) -> None:
    """Let the board of both plans show the item as it is now; in another year no longer."""
    region, year = actor.scope.region, item.fiscal_year
    known = plan_item_years(uow.session, region, identity)
    for earlier in known.values():
        if earlier.fiscal_year != year:
            earlier.withdrawn_on = earlier.withdrawn_on or clock.today()
    code = item.project_code.strip()
    project_id = project_by_code(uow.session, region, [year], code) if code else None
    project = uow.session.get(SharedProjectRow, (region, year, project_id)) if project_id else None
    row = known.get(year)
    if row is None:
        row = PlanItemRow(region_code=region, fiscal_year=year, item_id=identity, version=0)
        uow.session.add(row)
    shown = {
        "side": PlanSide.AUDIT.value,
        "kind": PlanKind.AUDIT.value,
        "kind_note": item.audit_kind.strip(),
        "unit_id": unit_id,
        "project_id": project_id,
        "project_name": project.name if project else "",
        "title": item.title.strip(),
        "starts_on": item.starts_on,
        "ends_on": item.ends_on,
        "document_number": item.document_number.strip(),
        "withdrawn_on": None,
    }
    if all(getattr(row, name) == value for name, value in shown.items()) and row.version:
        return
    for name, value in shown.items():
        setattr(row, name, value)
    row.version += 1
    row.enterer_name, row.changed_at = actor.name, clock.now()


def _values(item: PlannedAudit) -> dict[str, object]:
    return {each.name: getattr(item, each.name) for each in CATALOGUE[ENTRY].fields}


def _outcome(known: SharedRecordRow | None, item: PlannedAudit, unit_id: UUID) -> str:
    if known is None:
        return "created"
    kept = json.loads(known.content)
    same = all(kept[name] == as_text(value) for name, value in _values(item).items())
    placed = (known.fiscal_year, known.unit_id) == (item.fiscal_year, unit_id)
    return "unchanged" if same and placed else "changed"


def _fact(
    region: str, item: PlannedAudit, identity: UUID, unit_id: UUID, known: SharedRecordRow | None
) -> SharedFact:
    return SharedFact(
        entry=ENTRY,
        region=region,
        fiscal_year=item.fiscal_year,
        record_id=identity,
        version=known.record_version + 1 if known else 1,
        unit_id=unit_id,
        project_id=None,
        values=_values(item),
    )
