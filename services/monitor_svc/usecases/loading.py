"""Loads a report for an act: right, scope and version are checked before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.monitor_svc.store.projects import ProjectCopyRow, find_project_copy
from services.monitor_svc.store.reports import ReportRow, find_report
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError, StaleVersionError


@dataclass(frozen=True, slots=True)
class ReportKey:
    """Names a report inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    report_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class LoadedReport:
    """A report with what it hangs on."""

    report: ReportRow
    project: ProjectCopyRow
    unit: UnitRow


def load_report(uow: UnitOfWork, actor: Actor, key: ReportKey, permission: str) -> LoadedReport:
    """Return a report the actor may act on, locked.

    Raises `ForbiddenError` without the right, `NotFoundError` outside the scope, and
    `StaleVersionError` when the report changed since the actor read it.
    """
    require(actor, permission)
    region = actor.scope.region
    report = find_report(uow.session, region, key.fiscal_year, key.report_id, lock=True)
    if report is None:
        raise NotFoundError
    unit = find_unit(uow.session, region, report.unit_id)
    project = find_project_copy(uow.session, region, key.fiscal_year, report.project_id)
    if unit is None or project is None:
        raise NotFoundError
    require_scope(actor, unit)
    if report.version != key.version:
        raise StaleVersionError
    return LoadedReport(report, project, unit)
