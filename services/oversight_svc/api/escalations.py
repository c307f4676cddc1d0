"""Rungs of the ladder (逾期升级) by API: list, one with its ladder, take, leave out.

The audit system reads; a rung is taken or left out by the people it asks.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.oversight_svc.api.finding_schemas import SHORT, YEAR, choice, day, digest, text
from services.oversight_svc.domain.ladder import EscalationState
from services.oversight_svc.queries.escalations import TABS, ladder_of, list_escalations
from services.oversight_svc.usecases.skip_rung import SkipRung, skip_rung
from services.oversight_svc.usecases.take_rungs import RungKey, TakeRungs, take_rungs
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.policy.escalation import OverdueKind, RungWay
from shared.terms.vocabulary import Role
from shared.web.api import ListQuery, Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

api = Blueprint("api_escalations", __name__, url_prefix="/api/v1/escalations")
ONE = "/<int:year>/<uuid:escalation_id>"
NO_VERSION = -1
"""Fits no rung: `If-Match: "0"` is no way round the version."""


class RungSchema(ApiSchema):
    """One climbed rung; `due_on` is the due date that was missed or is near."""

    escalation_id = fields.UUID(metadata={"label": "升级事项标识"})
    fiscal_year = fields.Integer(metadata={"label": "预算年度"})
    version = fields.Integer(metadata={"label": "版本"})
    kind = fields.String(metadata={"label": "阶梯"})
    subject_kind = fields.String(metadata={"label": "对象类别"})
    subject_id = fields.UUID(metadata={"label": "对象标识"})
    subject_title = fields.String(metadata={"label": "对象"})
    unit_id = fields.UUID(metadata={"label": "单位"})
    due_on = fields.Date(metadata={"label": "期限"})
    rung = fields.String(metadata={"label": "级"})
    title = fields.String(metadata={"label": "名称"})
    way = fields.String(metadata={"label": "方式"})
    demand = fields.String(metadata={"label": "要求"})
    is_paper = fields.Boolean(metadata={"label": "须发文"})
    role = fields.String(allow_none=True, metadata={"label": "等待谁"})
    reached_on = fields.Date(metadata={"label": "到达日期"})
    state = fields.String(metadata={"label": "状态"})
    document_number = fields.String(metadata={"label": "文号"})
    document_on = fields.Date(allow_none=True, metadata={"label": "发文日期"})
    person = fields.String(metadata={"label": "人员"})
    note = fields.String(metadata={"label": "办理情况"})
    settler_name = fields.String(metadata={"label": "办理人"})


class LadderSchema(RungSchema):
    """One rung with all that its subject has climbed, in order."""

    ladder = fields.List(fields.Nested(RungSchema), metadata={"label": "同一对象的各级"})


class RungQuery(ListQuery):
    """Which rungs; `tab`: what waits for the reader, for anybody, or everything."""

    tab = fields.String(
        load_default="all", validate=validate.OneOf(list(TABS)), metadata={"label": "范围"}
    )
    year = fields.Integer(
        load_default=None, allow_none=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    kind = choice(OverdueKind, "阶梯", load_default=None)
    way = choice(RungWay, "方式", load_default=None)
    state = choice(EscalationState, "状态", load_default=None)
    role = choice(Role, "等待谁", load_default=None)
    office = fields.String(load_default="", validate=SHORT, metadata={"label": "归口股室"})
    unit = fields.String(load_default="", validate=SHORT, metadata={"label": "单位编码"})
    q = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"label": "关键词"}
    )


class TakingSchema(ApiSchema):
    """What was done: a paper with number, date and scan, or who was spoken to, and a note."""

    document_number = text("文号", SHORT)
    document_on = day("发文日期")
    scan_digest = digest("盖章扫描件")
    person = text("接听人", SHORT)
    note = text("办理情况")


class SkippingSchema(ApiSchema):
    """Who agreed to leave the rung out, and why."""

    leader_name = text("同意的领导", SHORT)
    reason = text("原因")


@api.get("")
@permission("oversight.escalation.view")
@reads("逾期升级列表", reply=RungSchema, query=RungQuery, many=True)
def list_all(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of rungs in the reader's scope, the latest first."""
    named = {name: query[name] for name in ("year", "office", "unit", "q") if query[name]}
    chosen = {name: query[name].value for name in ("kind", "way", "state", "role") if query[name]}
    values = {name: str(value) for name, value in {**named, **chosen}.items()}
    page = list_escalations(
        session, actor, query["tab"], values, cursor=query["cursor"], limit=query["limit"]
    )
    return Page(tuple(each.row for each in page.items), page.next_cursor)


@api.get(ONE)
@permission("oversight.escalation.view")
@reads("逾期升级事项", reply=LadderSchema)
def get_one(session: Session, actor: Actor, year: int, escalation_id: UUID) -> Reply:
    """Return one rung with the ladder of its subject."""
    return _reply(session, actor, year, escalation_id)


@api.post(f"{ONE}/taking")
@permission("oversight.escalation.take")
@changes("办理逾期升级", reply=LadderSchema, body=TakingSchema, versioned=True)
def take(
    uow: UnitOfWork,
    actor: Actor,
    body: dict[str, Any],
    version: int,
    year: int,
    escalation_id: UUID,
) -> Reply:
    """Take the rung: the letter sent, the call made, the list dealt with."""
    key = RungKey(year, escalation_id, version or NO_VERSION)
    take_rungs(uow, current_resources().clock, actor, TakeRungs((key,), **body))
    return _reply(uow.session, actor, year, escalation_id)


@api.post(f"{ONE}/skipping")
@permission("oversight.escalation.skip")
@changes("不予升级", reply=LadderSchema, body=SkippingSchema, versioned=True)
def skip(
    uow: UnitOfWork,
    actor: Actor,
    body: dict[str, Any],
    version: int,
    year: int,
    escalation_id: UUID,
) -> Reply:
    """Leave the rung out with a leader's name; the later ones still come."""
    key = RungKey(year, escalation_id, version or NO_VERSION)
    skip_rung(uow, current_resources().clock, actor, SkipRung(key, **body))
    return _reply(uow.session, actor, year, escalation_id)


def _reply(session: Session, actor: Actor, year: int, escalation_id: UUID) -> Reply:
    session.flush()
    found = ladder_of(session, actor, year, escalation_id)
    row = found.at.row
    shown = {name: getattr(row, name) for name in RungSchema().fields}
    return Reply({**shown, "ladder": found.rungs}, version=row.version)
