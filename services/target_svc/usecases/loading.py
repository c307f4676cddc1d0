"""Loads a target for an act: right, scope and version are checked before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.target_svc.store.projects import ProjectRow, find_project
from services.target_svc.store.targets import TargetRow, find_target
from shared.access.actor import Actor
from shared.access.rights import require
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError, StaleVersionError


@dataclass(frozen=True, slots=True)
class TargetKey:
    """Names a target inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    target_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class LoadedTarget:
    """A target with what it hangs on."""

    target: TargetRow
    project: ProjectRow
    unit: UnitRow


def load_unit_in_scope(uow: UnitOfWork, actor: Actor, unit_id: UUID) -> UnitRow:
    """Return a unit the actor may act for; raise `NotFoundError` otherwise."""
    unit = find_unit(uow.session, actor.scope.region, unit_id)
    if unit is None or not actor.scope.covers(
        region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
    ):
        raise NotFoundError
    return unit


def load_project(
    uow: UnitOfWork, actor: Actor, fiscal_year: int, project_id: UUID
) -> tuple[ProjectRow, UnitRow]:
    """Return a project in scope, locked, with its unit; raise `NotFoundError` otherwise."""
    project = find_project(uow.session, actor.scope.region, fiscal_year, project_id, lock=True)
    if project is None:
        raise NotFoundError
    return project, load_unit_in_scope(uow, actor, project.unit_id)


def load_target(uow: UnitOfWork, actor: Actor, key: TargetKey, permission: str) -> LoadedTarget:
    """Return a target the actor may act on, locked.

    Raises `ForbiddenError` without the right, `NotFoundError` outside the scope, and
    `StaleVersionError` when the target changed since the actor read it.
    """
    require(actor, permission)
    region = actor.scope.region
    target = find_target(uow.session, region, key.fiscal_year, key.target_id, lock=True)
    if target is None:
        raise NotFoundError
    unit = load_unit_in_scope(uow, actor, target.unit_id)
    if target.version != key.version:
        raise StaleVersionError
    project = find_project(uow.session, region, key.fiscal_year, target.project_id)
    if project is None:
        raise NotFoundError
    return LoadedTarget(target, project, unit)
