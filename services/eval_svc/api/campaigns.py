"""Campaigns by API: their scope, opening, progress, extensions, telephone notes, files."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.eval_svc.api.campaign_schemas import (
    CampaignSchema,
    OpenedSchema,
    ProgressQuery,
    ScopeSchema,
    UploadSchema,
)
from services.eval_svc.queries.progress import owed_forms
from services.eval_svc.store.scope import load_scope
from services.eval_svc.usecases.extend_campaign import extend_campaign
from services.eval_svc.usecases.keep_upload import keep_upload
from services.eval_svc.usecases.note_contact import note_contact
from services.eval_svc.usecases.open_campaign import OpenCampaign, open_campaign
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
    ProgressSchema,
)
from shared.web.api import Given, Reply, changes, current_resources, reads
from shared.web.files import current_store
from shared.web.paging import Page
from shared.web.permissions import permission

api = Blueprint("campaigns_api", __name__, url_prefix="/api/v1")


@api.get("/campaigns/<int:year>/scope")
@permission("evaluation.campaign.open")
@reads("自评范围", reply=ScopeSchema)
def show_scope(session: Session, actor: Actor, year: int) -> Reply:
    """Return every object of the scope and why it is in it."""
    scope = load_scope(session, actor, year)
    return Reply({"opened": len(scope.items) - len(scope.missing), "items": scope.items})


@api.post("/campaigns")
@permission("evaluation.campaign.open")
@changes("启动单位自评", reply=OpenedSchema, body=CampaignSchema, status=201)
def open_one(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Open the duties of a budget year; again it adds only what is missing."""
    command = OpenCampaign(body["fiscal_year"])
    return Reply(open_campaign(uow, current_resources().clock, actor, command))


@api.get("/progress")
@permission("evaluation.progress.view")
@reads("自评报送进度", reply=ProgressSchema, query=ProgressQuery, many=True)
def list_units(session: Session, actor: Actor, query: Given) -> Page[UnitProgress]:
    """Return a page of first-level units by code."""
    owed = owed_forms(query.pop("year"), query.pop("kind"))
    return list_progress(session, actor, owed, current_resources().clock.today(), **query)


@api.post("/extensions")
@permission("evaluation.campaign.extend")
@changes("延长自评报送期限", reply=ExtendedSchema, body=ExtensionSchema, status=201)
def extend(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Move the due date of what is not handed in; the old date stays visible."""
    units = tuple(body.pop("unit_ids"))
    command = ExtendDuties(unit_ids=units, **body)
    return Reply({"extended": extend_campaign(uow, current_resources().clock, actor, command)})


@api.post("/contacts")
@permission("evaluation.self_evaluation.receive_paper")
@changes("登记电话催办", reply=ContactNotedSchema, body=ContactSchema, status=201)
def note_call(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Keep a note of a telephone reminder."""
    return Reply(note_contact(uow, current_resources().clock, actor, NoteContact(**body)))


@api.post("/files")
@permission("evaluation.file.upload")
@changes("上传自评材料（报告、签字扫描件、附件）", reply=UploadSchema, upload=True, status=201)
def upload_file(uow: UnitOfWork, actor: Actor, upload: FileStorage) -> Reply:
    """Keep a file; the same content again gives the same digest."""
    source = (upload.stream, upload.filename or "")
    return Reply(keep_upload(uow, current_resources().clock, actor, current_store(), source))
