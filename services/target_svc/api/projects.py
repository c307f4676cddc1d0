"""Projects by API: list, one, import, ex-ante conclusion."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.target_svc.api.schemas import (
    ExAnteSchema,
    ImportOutcomeSchema,
    ImportQuery,
    ProjectQuery,
    ProjectSchema,
)
from services.target_svc.api.shown import project_json
from services.target_svc.queries.projects import ProjectFilter, find_project_line, list_projects
from services.target_svc.usecases.import_projects import ImportProjects, import_projects
from services.target_svc.usecases.record_ex_ante import RecordExAnte, record_ex_ante
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.sheets.outcome import ImportFile
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

projects = Blueprint("api_projects", __name__, url_prefix="/api/v1/projects")


@projects.get("")
@permission("target.project.view")
@reads("项目列表", reply=ProjectSchema, query=ProjectQuery, many=True)
def list_all(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """List the projects of a year in the actor's scope, by code."""
    wanted = ProjectFilter(
        query["fiscal_year"],
        text=query["q"],
        unit_id=query["unit_id"],
        book=query["budget_book"],
        has_target=query["has_target"],
    )
    page = list_projects(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(project_json(line) for line in page.items), page.next_cursor)


@projects.get("/<int:year>/<uuid:project_id>")
@permission("target.project.view")
@reads("项目", reply=ProjectSchema)
def get_one(session: Session, actor: Actor, year: int, project_id: UUID) -> Reply:
    """Return one project."""
    line = find_project_line(session, actor, year, project_id)
    return Reply(project_json(line), version=line.project.version)


@projects.post("/<int:year>/imports")
@permission("target.project.import")
@changes("导入一体化系统导出的项目", reply=ImportOutcomeSchema, query=ImportQuery, upload=True)
def import_file(
    uow: UnitOfWork, actor: Actor, query: dict[str, Any], upload: FileStorage, year: int
) -> Reply:
    """Import a project list; any error refuses the whole file with row and field."""
    file = ImportFile(upload.read(), upload.filename or "", query["dry_run"])
    outcome = import_projects(uow, current_resources().clock, actor, ImportProjects(year, file))
    return Reply(
        {
            "saved": outcome.saved,
            "created": outcome.created,
            "changed": outcome.changed,
            "unchanged": outcome.unchanged,
            "problems": outcome.problems,
            "skipped": [row._asdict() for row in outcome.skipped],
        }
    )


@projects.put("/<int:year>/<uuid:project_id>/ex-ante")
@permission("target.project.record_ex_ante")
@changes("登记事前绩效评估结论", reply=ProjectSchema, body=ExAnteSchema, versioned=True)
def record_conclusion(
    uow: UnitOfWork,
    actor: Actor,
    body: dict[str, Any],
    version: int,
    year: int,
    project_id: UUID,
) -> Reply:
    """Record the conclusion the gate asks for."""
    command = RecordExAnte(year, project_id, version, **body)
    project = record_ex_ante(uow, current_resources().clock, actor, command)
    uow.session.flush()
    line = find_project_line(uow.session, actor, year, project_id)
    return Reply(project_json(line), version=project.version)
