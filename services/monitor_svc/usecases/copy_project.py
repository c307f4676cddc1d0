"""Act on an event: keep this service's copy of a project."""

from __future__ import annotations

from services.monitor_svc.store.projects import ProjectCopyRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.projects import keep_project
from shared.events.envelope import Event


def copy_project(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Add or replace the copy; an older version than the one kept changes nothing."""
    keep_project(uow, ProjectCopyRow, event)
