"""Evaluation objects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.eval_svc.queries.objects import ObjectSearch, get_object, list_objects
from shared.access.actor import Actor
from shared.terms.vocabulary import BudgetBook
from shared.terms.vocabulary import Light as LightValue
from shared.web.api import Given, ListQuery, Reply, reads
from shared.web.paging import Page
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema, Money
from shared.web.years import year_field

api = Blueprint("objects_api", __name__, url_prefix="/api/v1/objects")


class ObjectQuery(ListQuery):
    """Which objects."""

    fiscal_year = year_field()
    q = fields.String(load_default="", metadata={"label": "项目编码开头或名称"})
    unit = fields.String(load_default="", metadata={"label": "单位名称、编码或拼音"})
    book = fields.String(
        load_default="",
        validate=validate.OneOf(["", *BudgetBook]),
        metadata={"label": "预算类型"},
    )
    light = fields.String(
        load_default="",
        validate=validate.OneOf(["", *LightValue]),
        metadata={"label": "监控结果"},
    )


class ObjectReply(ApiSchema):
    """A project with an approved target, to be evaluated. Amounts in 元, rates in %."""

    id = fields.UUID(attribute="object_id", metadata={"label": "标识"})
    fiscal_year = fields.Integer(metadata={"label": "预算年度"})
    project_id = fields.UUID(metadata={"label": "项目标识"})
    project_code = fields.String(metadata={"label": "项目编码"})
    project_name = fields.String(metadata={"label": "项目名称"})
    unit_id = fields.UUID(metadata={"label": "单位标识"})
    budget_book = fields.String(metadata={"label": "预算类型"})
    approved_amount = Money(metadata={"label": "批复金额"})
    target_revision = fields.Integer(metadata={"label": "目标版次"})
    monitored_as_of = fields.Date(allow_none=True, metadata={"label": "监控截止日"})
    executed = Money(allow_none=True, metadata={"label": "监控时已执行"})
    execution_rate = fields.Decimal(allow_none=True, as_string=True, metadata={"label": "执行率"})
    monitoring_light = fields.String(allow_none=True, metadata={"label": "监控结果"})


@api.get("")
@permission("evaluation.object.view")
@reads("评价对象列表", reply=ObjectReply, query=ObjectQuery, many=True)
def list_all(session: Session, actor: Actor, query: Given) -> Page[Any]:
    """Return a page of the objects in scope, by project code."""
    wanted = ObjectSearch(
        query["fiscal_year"], query["q"], query["unit"], query["book"], query["light"]
    )
    page = list_objects(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(found for found, _ in page.items), page.next_cursor)


@api.get("/<int:fiscal_year>/<uuid:object_id>")
@permission("evaluation.object.view")
@reads("一个评价对象", reply=ObjectReply)
def show_one(session: Session, actor: Actor, fiscal_year: int, object_id: UUID) -> Reply:
    """Return one object in scope."""
    found, _, _ = get_object(session, actor, fiscal_year, object_id)
    return Reply(found, version=found.version)
