"""Rectification notices by API: list, draft, issue, sign for, withdraw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from services.oversight_svc.api.finding_schemas import (
    NoticeDraftSchema,
    NoticeIssueSchema,
    NoticeQuery,
    NoticeSchema,
    NoticeSignatureSchema,
)
from services.oversight_svc.queries.notices import NoticeFilter, list_notices, notice_detail
from services.oversight_svc.store.rectification import NoticeRow
from services.oversight_svc.usecases.draft_notice import (
    DraftNotice,
    NoticeItem,
    NoticeKey,
    draft_notice,
    withdraw_notice,
)
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.issue_notice import (
    IssueNotice,
    SignNotice,
    issue_notice,
    sign_notice,
)
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.db.unit_of_work import UnitOfWork
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

api = Blueprint("api_notices", __name__, url_prefix="/api/v1/notices")
ONE = "/<int:year>/<uuid:notice_id>"


@api.get("")
@permission("oversight.finding.view")
@reads("整改通知列表", reply=NoticeSchema, query=NoticeQuery, many=True)
def list_all(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of notices, the newest first; drafts only to who may issue them."""
    wanted = NoticeFilter(query["year"], query["state"], with_drafts=_sees_drafts(actor))
    page = list_notices(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(notice for notice, _ in page.items), page.next_cursor)


@api.get(ONE)
@permission("oversight.finding.view")
@reads("整改通知", reply=NoticeSchema)
def get_one(session: Session, actor: Actor, year: int, notice_id: UUID) -> Reply:
    """Return one notice."""
    detail = notice_detail(session, actor, year, notice_id, with_drafts=_sees_drafts(actor))
    return _reply(detail.notice)


@api.post("")
@permission("oversight.finding.notify")
@changes("拟整改通知", reply=NoticeSchema, body=NoticeDraftSchema, status=201)
def draft(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Draft a notice for findings of one unit."""
    year = body.pop("fiscal_year")
    items = tuple(
        NoticeItem(key=FindingKey(year, row.pop("finding_id")), **row) for row in body.pop("items")
    )
    command = DraftNotice(items=items, **body)
    return _reply(draft_notice(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/issue")
@permission("oversight.finding.notify")
@changes("登记下达整改通知", reply=NoticeSchema, body=NoticeIssueSchema, versioned=True)
def issue(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, notice_id: UUID
) -> Reply:
    """Issue, with number, date and stamped scan."""
    command = IssueNotice(key=NoticeKey(year, notice_id, version), **body)
    return _reply(issue_notice(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/signature")
@permission("oversight.finding.sign_for")
@changes("签收整改通知", reply=NoticeSchema, body=NoticeSignatureSchema, versioned=True)
def sign(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, notice_id: UUID
) -> Reply:
    """Sign for a notice and so for every finding in it."""
    command = SignNotice(key=NoticeKey(year, notice_id, version), **body)
    return _reply(sign_notice(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/withdrawal")
@permission("oversight.finding.notify")
@changes("撤回整改通知草稿", reply=NoticeSchema, versioned=True)
def withdraw(uow: UnitOfWork, actor: Actor, version: int, year: int, notice_id: UUID) -> Reply:
    """Give up a draft."""
    key = NoticeKey(year, notice_id, version)
    return _reply(withdraw_notice(uow, current_resources().clock, actor, key))


def _sees_drafts(actor: Actor) -> bool:
    return is_allowed(actor, "oversight.finding.notify")


def _reply(notice: NoticeRow) -> Reply:
    return Reply(notice, version=notice.version)
