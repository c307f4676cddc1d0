"""Events of the evaluation service: results of self-evaluations, problems referred, tasks."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.events.fields import (
    ProblemReferredSchema,
    TaskClosedSchema,
    TaskOpenedSchema,
    TaskRescheduledSchema,
    yuan,
)
from shared.events.registry import REGISTRY
from shared.terms.vocabulary import Grade, QualityMark, SelfEvaluationKind


class SelfEvaluationAcceptedSchema(Schema):
    """The result of a self-evaluation: accepted by its office, or as a recheck corrected it.

    `target_id` and `project_id` are none for a department's overall expenditure; amounts in 元,
    the rate in %, the score out of 100.
    """

    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in SelfEvaluationKind])
    )
    target_id = fields.UUID(required=True, allow_none=True)
    project_id = fields.UUID(required=True, allow_none=True)
    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    total = fields.Decimal(required=True, as_string=True)
    grade = fields.String(required=True, validate=validate.OneOf([grade.value for grade in Grade]))
    budget = yuan()
    executed = yuan()
    execution_rate = fields.Decimal(required=True, as_string=True, allow_none=True)
    quality_mark = fields.String(
        required=True, validate=validate.OneOf([mark.value for mark in QualityMark])
    )
    pack_code = fields.String(required=True)
    pack_version = fields.String(required=True)


SELF_EVALUATION_ACCEPTED = REGISTRY.declare(
    "evaluation.self_evaluation.accepted.v1",
    SelfEvaluationAcceptedSchema,
    "单位自评结果已认可或已复核：下年编报目标时对照",
)
PROBLEM_REFERRED = REGISTRY.declare(
    "evaluation.problem.referred.v1", ProblemReferredSchema, "评价发现的问题已移交：登记监督问题"
)
TASK_OPENED = REGISTRY.declare(
    "evaluation.task.opened.v1", TaskOpenedSchema, "评价环节有待办事项：进入工作台"
)
TASK_CLOSED = REGISTRY.declare(
    "evaluation.task.closed.v1", TaskClosedSchema, "评价环节待办已办结：移出待办"
)
TASK_RESCHEDULED = REGISTRY.declare(
    "evaluation.task.rescheduled.v1", TaskRescheduledSchema, "评价环节待办期限已调整：更新工作台"
)
