"""Forms of a joint action."""

from __future__ import annotations

from marshmallow import fields

from services.oversight_svc.console.finding_forms import DIGEST, LONG, SHORT, day, text
from services.oversight_svc.domain.accountability_members import MemberRights
from shared.web.schemas import ApiSchema


class ActionForm(ApiSchema):
    """What an action is about."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    unit_id = fields.UUID(required=True, metadata={"label": "涉及单位"})
    title = text("名称", SHORT)
    purpose = text("行动内容", LONG)
    basis = text("依据", SHORT)
    starts_on = day("开始日期")
    ends_on = day("计划结束")


class PartyForm(ApiSchema):
    """Who joins: one of the five bodies, or a department by its id."""

    party = fields.String(required=True, validate=SHORT, metadata={"label": "邀请单位"})
    rights = fields.Enum(MemberRights, by_value=True, required=True, metadata={"label": "权限"})
    basis = text("依据", SHORT)


class ActionTaskForm(ApiSchema):
    """One task of a meeting."""

    party = fields.String(load_default="", validate=SHORT, metadata={"label": "承担单位"})
    person = text("责任人", SHORT)
    what = text("任务", SHORT)
    workdays = fields.Integer(
        load_default=None, allow_none=True, metadata={"label": "几个工作日内完成"}
    )


class ActionMinutesForm(ApiSchema):
    """Minutes with their tasks."""

    held_on = day("会议日期")
    attendees = text("参会单位和人员", LONG)
    text = fields.String(load_default="", validate=LONG, metadata={"label": "议定事项"})
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "纪要扫描件"})
    tasks = fields.List(
        fields.Nested(ActionTaskForm), load_default=list, metadata={"label": "任务"}
    )


class EndForm(ApiSchema):
    """What came of it."""

    result = text("结果", LONG)
