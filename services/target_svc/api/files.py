"""Evidence files by API: the digest answered here names the file in later requests."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.datastructures import FileStorage

from services.target_svc.api.schemas import FileSchema
from services.target_svc.usecases.keep_upload import keep_upload
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.web.api import Reply, changes, current_resources
from shared.web.files import current_store
from shared.web.permissions import permission

files = Blueprint("api_files", __name__, url_prefix="/api/v1/files")


@files.post("")
@permission("target.file.upload")
@changes("上传文件（签字扫描件等）", reply=FileSchema, upload=True, status=201)
def upload_file(uow: UnitOfWork, actor: Actor, upload: FileStorage) -> Reply:
    """Keep a file; the same content again gives the same digest."""
    resources = current_resources()
    source = (upload.stream, upload.filename or "")
    return Reply(keep_upload(uow, resources.clock, actor, current_store(), source))
