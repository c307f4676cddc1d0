"""Sharing by API: the catalogue, requests, grants, and pulling under a grant."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, json, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.api.sharing_schemas import (
    AuditPlanSchema,
    CatalogueSchema,
    DeliveryBodySchema,
    DeliverySchema,
    FiledPlanSchema,
    ReceiptSchema,
    RecordPageSchema,
    RecordsQuery,
    RequestBodySchema,
    RequestQuery,
    ShareGrantSchema,
    ShareRequestSchema,
    SharingKeySchema,
)
from services.oversight_svc.api.signature_guard import DIGEST, sharing_key
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE, KEY_FIELDS
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.queries.sharing import (
    ShareFilter,
    list_grants,
    list_share_requests,
    share_detail,
)
from services.oversight_svc.usecases.file_audit_plan import PlannedAudit, file_audit_plan
from services.oversight_svc.usecases.sharing_delivery import (
    DeliveredPage,
    OpenDelivery,
    Receipt,
    confirm_receipt,
    deliver_package,
    deliver_page,
    open_delivery,
)
from services.oversight_svc.usecases.sharing_request import (
    SubmitShareRequest,
    submit_share_request,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.policy.active import policy_for
from shared.terms import label_of
from shared.web.api import ListQuery, Reply, changes, current_resources, delivers, reads
from shared.web.message_signatures import digest_field
from shared.web.paging import Page
from shared.web.permissions import permission

api = Blueprint("api_sharing", __name__, url_prefix="/api/v1/sharing")
DELIVERY = "/deliveries/<uuid:delivery_id>"


@api.get("/catalogue")
@permission("oversight.sharing.view")
@reads("共享目录", reply=CatalogueSchema)
def get_catalogue(session: Session, actor: Actor) -> Reply:
    """Return what can be asked for, with its attribute under the pack in force."""
    year = current_resources().clock.today().year
    attributes = policy_for(session, actor.scope.region, year).sharing.attributes
    entries = [
        {
            "entry": each.entry,
            "title": label_of(each.entry),
            "meaning": each.meaning,
            "provider": each.provider,
            "attribute": attributes[each.entry],
            "columns": each.fields,
        }
        for each in CATALOGUE.values()
    ]
    return Reply({"entries": entries, "key_fields": KEY_FIELDS})


@api.get("/key")
@permission("oversight.sharing.view")
@reads("共享签名公钥", reply=SharingKeySchema)
def get_key(session: Session, actor: Actor) -> Reply:
    """Return the public key of this side."""
    del session, actor
    return Reply(sharing_key())


@api.get("/requests")
@permission("oversight.sharing.view")
@reads("共享申请列表", reply=ShareRequestSchema, query=RequestQuery, many=True)
def list_requests(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of the requests the asker's body asks or answers."""
    wanted = ShareFilter(state=query["state"])
    return list_share_requests(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])


@api.get("/requests/<int:year>/<uuid:request_id>")
@permission("oversight.sharing.view")
@reads("共享申请", reply=ShareRequestSchema)
def get_request(session: Session, actor: Actor, year: int, request_id: UUID) -> Reply:
    """Return one request."""
    row = share_detail(session, actor, year, request_id).request
    return Reply(row, version=row.version)


@api.post("/requests")
@permission("oversight.sharing.request")
@changes("提交共享申请", reply=ShareRequestSchema, body=RequestBodySchema, status=201)
def submit(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Ask for shared data."""
    entries = {entry: tuple(names) for entry, names in body.pop("entries").items()}
    scope = ShareScope(entries=entries, years=tuple(body.pop("years")))
    units, projects = tuple(body.pop("unit_codes")), tuple(body.pop("project_codes"))
    command = SubmitShareRequest(scope, unit_codes=units, project_codes=projects, **body)
    row = submit_share_request(uow, current_resources().clock, actor, command)
    return Reply(row, version=row.version)


@api.get("/grants")
@permission("oversight.sharing.pull")
@reads("取得的授权", reply=ShareGrantSchema, query=ListQuery, many=True)
def get_grants(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of the grants to the asker's body, ended ones included."""
    return list_grants(session, actor, **query)


@api.post("/grants/<uuid:grant_id>/deliveries")
@permission("oversight.sharing.pull")
@changes("开始取数", reply=DeliverySchema, body=DeliveryBodySchema, status=201)
def open_one(uow: UnitOfWork, actor: Actor, body: dict[str, Any], grant_id: UUID) -> Reply:
    """Fix the snapshot that pages and package are read from."""
    command = OpenDelivery(grant_id=grant_id, **body)
    return Reply(open_delivery(uow, current_resources().clock, actor, command))


@api.get(f"{DELIVERY}/records")
@permission("oversight.sharing.pull")
@delivers("读取一页共享数据", reply=RecordPageSchema, query=RecordsQuery)
def get_records(
    uow: UnitOfWork, actor: Actor, query: dict[str, Any], delivery_id: UUID
) -> Response:
    """Return one page; the grant is asked anew for each."""
    page = deliver_page(
        uow, current_resources().clock, actor, delivery_id, query["entry"], query["cursor"]
    )
    response = Response(_written(page), content_type="application/json")
    response.set_etag(page.chain.removeprefix("sha256:"))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@api.get(f"{DELIVERY}/package")
@permission("oversight.sharing.pull")
@delivers("下载共享数据包", reply=DeliverySchema)
def get_package(uow: UnitOfWork, actor: Actor, delivery_id: UUID) -> BaseResponse:
    """Return the whole delivery as a signed ZIP with its delivery note."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the response)
    try:
        deliver_package(uow, current_resources().clock, actor, delivery_id, sharing_key(), target)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    digest = hashlib.file_digest(target, "sha256").digest()
    target.seek(0)
    response = send_file(
        target,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"share-{delivery_id}.zip",
    )
    response.headers[DIGEST] = digest_field(digest)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@api.post(f"{DELIVERY}/receipt")
@permission("oversight.sharing.pull")
@changes("登记接收回执", reply=DeliverySchema, body=ReceiptSchema)
def receive(uow: UnitOfWork, actor: Actor, body: dict[str, Any], delivery_id: UUID) -> Reply:
    """Take the receiver's digests; they must be what was delivered."""
    command = Receipt(delivery_id, body["digests"])
    return Reply(confirm_receipt(uow, current_resources().clock, actor, command))


@api.post("/audit-plan")
@permission("oversight.sharing.file_plan")
@changes("报送年度审计计划", reply=FiledPlanSchema, body=AuditPlanSchema)
def file_plan(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Take the audit office's plan; the same again changes nothing."""
    items = [PlannedAudit(**row) for row in body["items"]]
    return Reply(file_audit_plan(uow, current_resources().clock, actor, items))


def _written(page: DeliveredPage) -> list[bytes]:
    """Write the page around its records, which are canonical JSON already and not copied again."""
    head = json.dumps(
        {
            "entry": page.entry.value,
            "grant": page.grant.number,
            "purpose": page.grant.purpose,
            "chain": page.chain,
            "next_cursor": None if page.next_number is None else str(page.next_number),
        }
    )
    return [f'{head[:-1]}, "items": ['.encode(), page.items.encode(), b"]}"]
