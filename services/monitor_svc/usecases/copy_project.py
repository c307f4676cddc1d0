"""Act on an event: keep this service's copy of a project."""

from __future__ import annotations

from services.monitor_svc.store.projects import ProjectCopyRow, find_project_copy
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY


def copy_project(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Add or replace the copy; an older version than the one kept changes nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    subject = event.subject
    row = find_project_copy(uow.session, subject.region, subject.fiscal_year, subject.id)
    if row is None:
        row = ProjectCopyRow(
            region_code=subject.region, fiscal_year=subject.fiscal_year, project_id=subject.id
        )
        uow.session.add(row)
    elif row.version >= subject.version:
        return
    row.version = subject.version
    row.code = data["code"]
    row.name = data["name"]
    row.unit_id = data["unit_id"]
    row.budget_book = data["budget_book"]
    row.flags = data["flags"]
    row.owner_name = data["owner_name"]
    row.initial_amount = data["initial_amount"]
    row.adjusted_amount = data["adjusted_amount"]
    row.state = data["state"]
