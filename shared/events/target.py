"""Events of the target service: projects entering budgets, targets being approved."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields

from shared.events.fields import TaskClosedSchema, TaskOpenedSchema, TaskRescheduledSchema, yuan
from shared.events.registry import REGISTRY


class ProjectSchema(Schema):
    """A project as other services need it. Amounts in 元."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    budget_book = fields.String(required=True)
    project_class = fields.String(required=True)
    nature = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)
    owner_name = fields.String(required=True)
    initial_amount = yuan()
    adjusted_amount = yuan()
    state = fields.String(required=True)


class IndicatorSchema(Schema):
    """One indicator of an approved target."""

    position = fields.Integer(required=True)
    level1 = fields.String(required=True)
    level2 = fields.String(required=True)
    name = fields.String(required=True)
    operator = fields.String(required=True)
    value = fields.String(required=True)
    unit = fields.String(required=True)
    weight = fields.Decimal(required=True, as_string=True)


class TargetApprovedSchema(Schema):
    """An approved target with everything monitoring and evaluation start from."""

    project_id = fields.UUID(required=True)
    project_code = fields.String(required=True)
    project_name = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    budget_book = fields.String(required=True)
    initial_amount = yuan()
    approved_amount = yuan()
    revision = fields.Integer(required=True)
    annual_goal = fields.String(required=True)
    indicators = fields.List(fields.Nested(IndicatorSchema, unknown=RAISE), required=True)
    grade = fields.String(required=True, allow_none=True)
    document_number = fields.String(required=True)
    approved_on = fields.Date(required=True)
    pack_code = fields.String(required=True)
    pack_version = fields.String(required=True)


PROJECT_REGISTERED = REGISTRY.declare(
    "target.project.registered.v1", ProjectSchema, "项目已入库：各方登记项目副本"
)
PROJECT_CHANGED = REGISTRY.declare(
    "target.project.changed.v1", ProjectSchema, "项目资料或预算已变更：各方更新项目副本"
)
TARGET_APPROVED = REGISTRY.declare(
    "target.target.approved.v1", TargetApprovedSchema, "绩效目标已批复：开启监控职责并登记评价对象"
)
TASK_OPENED = REGISTRY.declare(
    "target.task.opened.v1", TaskOpenedSchema, "目标环节有待办事项：进入工作台"
)
TASK_CLOSED = REGISTRY.declare(
    "target.task.closed.v1", TaskClosedSchema, "目标环节待办已办结：移出待办"
)
TASK_RESCHEDULED = REGISTRY.declare(
    "target.task.rescheduled.v1", TaskRescheduledSchema, "目标环节待办期限已调整：更新工作台"
)
