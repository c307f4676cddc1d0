"""Acts: finance enters an item of its annual plan, or takes one off (Y25-6.11, Y25-5.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.annual_plan import PlanKind, PlanSide, check_planned
from services.oversight_svc.store.annual_plan import PlanItemRow, find_plan_item
from services.oversight_svc.store.sharing_records import SharedProjectRow, project_by_code
from services.oversight_svc.usecases.recording import record_on
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, StaleVersionError
from shared.ids import new_id

SUBJECT = "oversight.plan_item"
EDIT = "oversight.annual_plan.edit"


@dataclass(frozen=True, slots=True)
class PlanWork:
    """An evaluation, monitoring or inspection planned for a unit or one of its projects."""

    fiscal_year: int
    kind: PlanKind
    unit_id: UUID
    title: str
    project_code: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawWork:
    """An item taken off the plan; `version` is what the actor saw."""

    fiscal_year: int
    item_id: UUID
    version: int
    reason: str


def plan_work(uow: UnitOfWork, clock: Clock, actor: Actor, command: PlanWork) -> PlanItemRow:
    """Enter the item; raise `InvalidInputError` for gaps, an unknown project or another's kind."""
    require(actor, EDIT)
    region = actor.scope.region
    unit = find_unit(uow.session, region, command.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    problems = check_planned(command.title, command.starts_on, command.ends_on)
    if command.kind is PlanKind.AUDIT:
        problems.append(FieldProblem("kind", "other_side", "审计项目由审计机关报送。"))
    project = _project(uow, region, command)
    if command.project_code.strip() and (project is None or project.unit_id != unit.unit_id):
        message = "该单位在本预算年度没有这个项目编码。"
        problems.append(FieldProblem("project_code", "unknown_project", message))
    if problems:
        raise InvalidInputError(problems)
    row = PlanItemRow(
        region_code=region,
        fiscal_year=command.fiscal_year,
        item_id=new_id(),
        version=1,
        side=PlanSide.FINANCE.value,
        kind=command.kind.value,
        kind_note="",
        unit_id=unit.unit_id,
        project_id=project.project_id if project else None,
        project_name=project.name if project else "",
        title=command.title.strip(),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        document_number=command.document_number.strip(),
        enterer_name=actor.name,
        changed_at=clock.now(),
    )
    uow.session.add(row)
    record_item(uow, actor, row, "plan", after={"title": row.title, "kind": row.kind})
    return row


def withdraw_work(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: WithdrawWork
) -> PlanItemRow:
    """Take finance's item off the plan, with a reason; audit's are audit's to change."""
    require(actor, EDIT)
    region = actor.scope.region
    row = find_plan_item(uow.session, region, command.fiscal_year, command.item_id, lock=True)
    unit = find_unit(uow.session, region, row.unit_id) if row else None
    if row is None or unit is None or row.side != PlanSide.FINANCE.value or row.withdrawn_on:
        raise NotFoundError
    require_scope(actor, unit)
    if row.version != command.version:
        raise StaleVersionError
    if not command.reason.strip():
        raise InvalidInputError([FieldProblem("reason", "missing", "请写明调出计划的原因。")])
    row.withdrawn_on = clock.today()
    row.version += 1
    row.changed_at = clock.now()
    record_item(uow, actor, row, "withdraw", comment=command.reason.strip())
    return row


def record_item(
    uow: UnitOfWork,
    actor: Actor,
    row: PlanItemRow,
    name: str,
    *,
    comment: str = "",
    after: dict[str, object] | None = None,
) -> None:
    """Write `oversight.annual_plan.<name>` into the trail."""
    record_on(
        uow,
        actor,
        row,
        f"oversight.annual_plan.{name}",
        (SUBJECT, row.item_id, row.title),
        unit_id=row.unit_id,
        comment=comment,
        after=after,
    )


def _project(uow: UnitOfWork, region: str, command: PlanWork) -> SharedProjectRow | None:
    code, year = command.project_code.strip(), command.fiscal_year
    found = project_by_code(uow.session, region, [year], code) if code else None
    return uow.session.get(SharedProjectRow, (region, year, found)) if found else None
