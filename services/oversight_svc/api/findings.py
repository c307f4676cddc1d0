"""Findings by API: register, read, import, read a report, extend, urge, upload."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.oversight_svc.api.finding_act_schemas import (
    ExtendedSchema,
    ExtensionSchema,
    LetterSchema,
    SentSchema,
    UrgedSchema,
    UrgingSchema,
)
from services.oversight_svc.api.finding_schemas import (
    FileSchema,
    FindingSchema,
    ImportOutcomeSchema,
    ImportQuery,
    IssuesSchema,
    RegistrationSchema,
    ReportTextSchema,
)
from services.oversight_svc.api.finding_shown import finding_json, finding_reply
from services.oversight_svc.domain.report_reading import read_report
from services.oversight_svc.queries.finding_detail import find_visible
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.import_findings import ImportFindings, import_findings
from services.oversight_svc.usecases.keep_upload import keep_upload
from services.oversight_svc.usecases.link_earlier import mark_repeated
from services.oversight_svc.usecases.register_finding import RegisterFinding, register_finding
from services.oversight_svc.usecases.urge_findings import (
    SendLetter,
    UrgeFindings,
    send_letter,
    urge_findings,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit_by_code
from shared.errors import FieldProblem, InvalidInputError
from shared.sheets.outcome import ImportFile
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.files import current_store
from shared.web.permissions import permission

api = Blueprint("api_findings", __name__, url_prefix="/api/v1/findings")


@api.post("")
@permission("oversight.finding.register")
@changes("登记监督问题", reply=FindingSchema, body=RegistrationSchema, status=201)
def register(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Register; the same source and key again return what is there and change nothing."""
    lead = _unit_id(uow, actor, body.pop("unit_code"), "unit_code")
    codes = body.pop("assisting_codes")
    assisting = tuple(_unit_id(uow, actor, code, "assisting_codes") for code in codes)
    earlier = body.pop("earlier_number").strip()
    command = RegisterFinding(unit_id=lead, assisting=assisting, **body)
    registered = register_finding(uow, current_resources().clock, actor, command)
    if registered.is_new and earlier:
        mark_repeated(uow, registered.finding, earlier, "earlier_number")
    return finding_reply(uow.session, registered.finding)


@api.get("/<int:year>/<uuid:finding_id>")
@permission("oversight.finding.view")
@reads("监督问题", reply=FindingSchema)
def get_one(session: Session, actor: Actor, year: int, finding_id: UUID) -> Reply:
    """Return one finding with its units, money and plan."""
    finding, _ = find_visible(session, actor, year, finding_id)
    return Reply(finding_json(session, finding), version=finding.version)


@api.post("/imports")
@permission("oversight.finding.import")
@changes("导入监督问题", reply=ImportOutcomeSchema, query=ImportQuery, upload=True)
def import_file(uow: UnitOfWork, actor: Actor, query: dict[str, Any], upload: FileStorage) -> Reply:
    """Take findings in; the same file again changes nothing. A dry run only tells."""
    file = ImportFile(upload.read(), upload.filename or "", query["dry_run"])
    command = ImportFindings(query["year"], file)
    return Reply(import_findings(uow, current_resources().clock, actor, command))


@api.post("/report-readings")
@permission("oversight.finding.register")
@changes("从报告段落拆分问题", reply=IssuesSchema, body=ReportTextSchema)
def read_paragraphs(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Propose the issues of a report's paragraphs; nothing is kept."""
    del uow, actor
    return Reply({"issues": read_report(body["report"])})


@api.post("/extensions")
@permission("oversight.finding.extend")
@changes("延长整改期限", reply=ExtendedSchema, body=ExtensionSchema)
def extend(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Move due dates of the findings named, or of a year's findings of some or all units."""
    command = ExtendFindings(
        keys=tuple(FindingKey(**key) for key in body.pop("findings")),
        unit_ids=tuple(body.pop("unit_ids")),
        **body,
    )
    count = extend_findings(uow, current_resources().clock, actor, command)
    return Reply({"extended": count})


@api.post("/urgings")
@permission("oversight.finding.urge")
@changes("催办", reply=UrgedSchema, body=UrgingSchema, status=201)
def urge(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Urge; a letter stays a draft until it is sent."""
    keys = tuple(FindingKey(**key) for key in body.pop("findings"))
    batch_id = urge_findings(uow, current_resources().clock, actor, UrgeFindings(keys=keys, **body))
    return Reply({"batch_id": batch_id})


@api.post("/urgings/<uuid:batch_id>/letter")
@permission("oversight.finding.urge")
@changes("登记发出催办函", reply=SentSchema, body=LetterSchema)
def send(uow: UnitOfWork, actor: Actor, body: dict[str, Any], batch_id: UUID) -> Reply:
    """Mark the drafted letters of a batch as sent."""
    command = SendLetter(batch_id=batch_id, **body)
    return Reply({"findings": send_letter(uow, current_resources().clock, actor, command)})


@api.post("/files")
@permission("oversight.file.upload")
@changes("上传整改文件", reply=FileSchema, upload=True, status=201)
def upload_file(uow: UnitOfWork, actor: Actor, upload: FileStorage) -> Reply:
    """Keep a file; the same content again gives the same digest."""
    source = (upload.stream, upload.filename or "")
    return Reply(keep_upload(uow, current_resources().clock, actor, current_store(), source))


def _unit_id(uow: UnitOfWork, actor: Actor, code: str, path: str) -> UUID:
    unit = find_unit_by_code(uow.session, actor.scope.region, code.strip())
    if unit is None:
        message = f"单位名录中没有编码为 {code} 的单位。"
        raise InvalidInputError([FieldProblem(path, "unknown_unit", message)])
    return unit.unit_id
