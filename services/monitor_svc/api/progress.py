"""报送进度 by API: progress of units, extensions, telephone notes, files."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.monitor_svc.api.schemas import FileSchema
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.usecases.extend_reports import extend_reports
from services.monitor_svc.usecases.keep_upload import keep_upload
from services.monitor_svc.usecases.note_contact import note_contact
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.duties.contacts import NoteContact
from shared.duties.extending import ExtendDuties
from shared.duties.progress import UnitProgress, list_progress
from shared.duties.schemas import (
    ContactNotedSchema,
    ContactSchema,
    ExtendedSchema,
    ExtensionSchema,
    ProgressQuery,
    ProgressSchema,
)
from shared.web.api import Given, Reply, changes, current_resources, reads
from shared.web.files import current_store
from shared.web.paging import Page
from shared.web.permissions import permission

progress = Blueprint("api_progress", __name__, url_prefix="/api/v1")


@progress.get("/progress")
@permission("monitoring.progress.view")
@reads("报送进度", reply=ProgressSchema, query=ProgressQuery, many=True)
def list_units(session: Session, actor: Actor, query: Given) -> Page[UnitProgress]:
    """Return a page of first-level units by code."""
    owed = owed_reports(query.pop("year"))
    return list_progress(session, actor, owed, current_resources().clock.today(), **query)


@progress.post("/extensions")
@permission("monitoring.campaign.extend")
@changes("延长报送期限", reply=ExtendedSchema, body=ExtensionSchema, status=201)
def extend(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Move the due date of what is not handed in; the old date stays visible."""
    units = tuple(body.pop("unit_ids"))
    command = ExtendDuties(unit_ids=units, **body)
    count = extend_reports(uow, current_resources().clock, actor, command)
    return Reply({"extended": count})


@progress.post("/contacts")
@permission("monitoring.report.receive_paper")
@changes("登记电话催办", reply=ContactNotedSchema, body=ContactSchema, status=201)
def note_call(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Keep a note of a telephone reminder."""
    return Reply(note_contact(uow, current_resources().clock, actor, NoteContact(**body)))


@progress.post("/files")
@permission("monitoring.file.upload")
@changes("上传文件（签字扫描件等）", reply=FileSchema, upload=True, status=201)
def upload_file(uow: UnitOfWork, actor: Actor, upload: FileStorage) -> Reply:
    """Keep a file; the same content again gives the same digest."""
    resources = current_resources()
    source = (upload.stream, upload.filename or "")
    return Reply(keep_upload(uow, resources.clock, actor, current_store(), source))
