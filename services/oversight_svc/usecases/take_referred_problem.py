"""Act on an event: a problem referred by evaluation or monitoring becomes a finding (Y25-6.6)."""

from __future__ import annotations

from services.oversight_svc.usecases.register_finding import (
    RegisterFinding,
    enter_finding,
    find_by_source,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import UnavailableError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.terms.vocabulary import FindingCategory, FindingSource, RaisingBody


class ReferredUnitUnknownError(UnavailableError):
    """A problem about a unit this region has not; tried again, then parked for a person."""

    code = "referred_unit_unknown"
    sentence = "移交的问题所属单位 {unit_id} 不在单位名录中。"


def take_referred_problem(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Register the problem, once; the finance bureau raised it, whoever brought it up."""
    data = REGISTRY.get(event.type).read(event.data)
    region, source = event.subject.region, FindingSource(data["source"])
    if find_by_source(uow, region, source, data["source_key"]) is not None:
        return
    unit = find_unit(uow.session, region, data["unit_id"])
    if unit is None:
        raise ReferredUnitUnknownError(unit_id=data["unit_id"])
    command = RegisterFinding(
        fiscal_year=event.subject.fiscal_year,
        unit_id=unit.unit_id,
        source=source,
        source_document=data["source_document"],
        source_key=data["source_key"],
        title=data["title"],
        description=data["description"],
        category=FindingCategory(data["category"]),
        basis=data["basis"],
        project_id=data["project_id"],
        project_name=data["project_name"],
        amount=data["amount"],
    )
    enter_finding(uow, clock, actor, command, unit, RaisingBody.FINANCE)
