"""Events of the monitoring service."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields

from shared.events.fields import (
    ProblemReferredSchema,
    TaskClosedSchema,
    TaskOpenedSchema,
    TaskRescheduledSchema,
    yuan,
)
from shared.events.registry import REGISTRY


class ReportAcceptedSchema(Schema):
    """An accepted monitoring report: the summary evaluation keeps of it (Y25-4.7)."""

    target_id = fields.UUID(required=True)
    project_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    as_of = fields.Date(required=True)
    budget = yuan()
    executed = yuan()
    execution_rate = fields.Decimal(required=True, as_string=True, allow_none=True)
    execution_light = fields.String(required=True)
    achievement_light = fields.String(required=True)
    light = fields.String(required=True)
    pack_code = fields.String(required=True)
    pack_version = fields.String(required=True)


class ProjectPaymentsSchema(Schema):
    """What one project has paid from the treasury by now: all its payments, in 元."""

    project_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    payments = fields.Integer(required=True, strict=True)
    executed = yuan()
    first_paid_on = fields.Date(required=True)
    last_paid_on = fields.Date(required=True)


class PaymentsImportedSchema(Schema):
    """A treasury list was taken in: where the projects it changed stand; the others are as before.

    The subject is all payments of a budget year; its version counts the lists taken in.
    """

    projects = fields.List(fields.Nested(ProjectPaymentsSchema, unknown=RAISE), required=True)


PAYMENTS_IMPORTED = REGISTRY.declare(
    "monitoring.payments.imported.v1", PaymentsImportedSchema, "国库支付已导入：更新共享的支付汇总"
)
REPORT_ACCEPTED = REGISTRY.declare(
    "monitoring.report.accepted.v1", ReportAcceptedSchema, "监控报告已审核通过：并入年度评价资料"
)
PROBLEM_REFERRED = REGISTRY.declare(
    "monitoring.problem.referred.v1", ProblemReferredSchema, "监控发现的问题已移交：登记监督问题"
)
TASK_OPENED = REGISTRY.declare(
    "monitoring.task.opened.v1", TaskOpenedSchema, "监控环节有待办事项：进入工作台"
)
TASK_CLOSED = REGISTRY.declare(
    "monitoring.task.closed.v1", TaskClosedSchema, "监控环节待办已办结：移出待办"
)
TASK_RESCHEDULED = REGISTRY.declare(
    "monitoring.task.rescheduled.v1", TaskRescheduledSchema, "监控环节待办期限已调整：更新工作台"
)
