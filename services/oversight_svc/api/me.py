"""Who the caller is, and the tasks that wait for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.oversight_svc.queries.desk import list_desk
from shared.access.actor import Actor
from shared.web.api import ListQuery, Reply, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission, signed_in
from shared.web.schemas import ApiSchema

api = Blueprint("me_api", __name__, url_prefix="/api/v1/me")


class ScopeReply(ApiSchema):
    """How far the caller sees."""

    region = fields.String(metadata={"label": "行政区划"})
    unit_paths = fields.List(fields.String(), metadata={"label": "单位范围"})
    offices = fields.List(fields.String(), metadata={"label": "股室范围"})
    whole_region = fields.Boolean(metadata={"label": "是否全地区"})


class MeReply(ApiSchema):
    """The caller."""

    id = fields.UUID(attribute="account_id", allow_none=True, metadata={"label": "标识"})
    name = fields.String(metadata={"label": "名称"})
    post_name = fields.String(metadata={"label": "岗位"})
    roles = fields.Function(lambda actor: sorted(actor.roles), metadata={"label": "角色"})
    unit_id = fields.UUID(allow_none=True, metadata={"label": "单位标识"})
    is_machine = fields.Boolean(metadata={"label": "是否接入系统"})
    scope = fields.Nested(ScopeReply, metadata={"label": "范围"})


class TaskQuery(ListQuery):
    """Which tasks."""

    tab = fields.String(
        load_default="",
        validate=validate.OneOf(["", "todo", "returned", "review", "done"]),
        metadata={"label": "分类", "description": "不填为全部未办结"},
    )
    due = fields.String(
        load_default="",
        validate=validate.OneOf(["", "overdue", "today", "week"]),
        metadata={"label": "期限"},
    )


class TaskReply(ApiSchema):
    """One task."""

    id = fields.UUID(attribute="task_id", metadata={"label": "标识"})
    fiscal_year = fields.Integer(metadata={"label": "预算年度"})
    kind = fields.String(metadata={"label": "环节"})
    title = fields.String(metadata={"label": "事项"})
    subject_kind = fields.String(metadata={"label": "对象类型"})
    subject_id = fields.UUID(metadata={"label": "对象标识"})
    unit_id = fields.UUID(metadata={"label": "单位标识"})
    tab = fields.String(metadata={"label": "分类"})
    due_on = fields.Date(allow_none=True, metadata={"label": "期限"})
    first_due_on = fields.Date(allow_none=True, metadata={"label": "原期限"})
    provisional = fields.Boolean(metadata={"label": "是否暂定"})
    opened_at = fields.AwareDateTime(metadata={"label": "产生时间"})
    closed_at = fields.AwareDateTime(allow_none=True, metadata={"label": "办结时间"})


@api.get("")
@signed_in
@reads("当前身份", reply=MeReply)
def show_me(session: Session, actor: Actor) -> Reply:  # noqa: ARG001 (read from the token alone)
    """Return who the token stands for."""
    return Reply(actor)


@api.get("/tasks")
@permission("oversight.desk.view")
@reads("等待当前身份办理的事项", reply=TaskReply, query=TaskQuery, many=True)
def list_tasks(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of tasks, the most urgent first."""
    today = current_resources().clock.today()
    page = list_desk(
        session,
        actor,
        tab=query["tab"],
        due=query["due"],
        today=today,
        week_end=today + timedelta(days=7 - today.isoweekday()),
        cursor=query["cursor"],
        limit=query["limit"],
    )
    return Page(tuple(task for task, _ in page.items), page.next_cursor)
