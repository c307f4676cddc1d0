"""Events of the oversight service: what belongs to nobody else and everybody needs."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.events.fields import TaskClosedSchema, TaskOpenedSchema, TaskRescheduledSchema
from shared.events.registry import REGISTRY
from shared.policy.escalation import OverdueKind
from shared.terms.vocabulary import DayKind, FindingSource, RaisingBody, UnitKind, UnitState


class PolicyActivatedSchema(Schema):
    """A locality's rules from now on; `fiscal_year` 0 stands for every year without its own.

    `content` is the whole pack as loaded and `digest` its SHA-256; `answers` maps each question
    of the pack to the reading chosen at activation.
    """

    code = fields.String(required=True)
    version = fields.String(required=True)
    region = fields.String(required=True)
    fiscal_year = fields.Integer(required=True, strict=True)
    digest = fields.String(required=True, validate=validate.Length(equal=64))
    content = fields.Dict(keys=fields.String(), required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    activated_on = fields.Date(required=True)


class CalendarDaySchema(Schema):
    """One day entered from a notice."""

    day = fields.Date(required=True)
    is_workday = fields.Boolean(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in DayKind]))
    source_document = fields.String(required=True, validate=validate.Length(min=1))


class CalendarChangedSchema(Schema):
    """Days entered or corrected; a day not named keeps what it was."""

    days = fields.List(
        fields.Nested(CalendarDaySchema, unknown=RAISE),
        required=True,
        validate=validate.Length(min=1),
    )

    @validates_schema
    def _each_day_once(self, data: dict[str, Any], **_: object) -> None:
        days = [row["day"] for row in data["days"]]
        if len(set(days)) != len(days):
            raise ValidationError("a day is named twice", "days")


class SigningKeyPublishedSchema(Schema):
    """A public key that signs tokens from `valid_from` on; `kid` follows from the key."""

    kid = fields.String(required=True)
    public_pem = fields.String(required=True)
    algorithm = fields.String(required=True)
    valid_from = fields.AwareDateTime(required=True)


class SessionRevokedSchema(Schema):
    """A session ended before its tokens expire at `expires_at`; `reason` is a short code."""

    session_id = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)


class UnitSchema(Schema):
    """A budget unit (预算单位) as it is now; `path` holds the codes from the department down."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=40))
    name = fields.String(required=True, validate=validate.Length(min=1))
    parent_id = fields.UUID(required=True, allow_none=True)
    department_id = fields.UUID(required=True)
    is_department = fields.Boolean(required=True)
    path = fields.String(required=True, validate=validate.Regexp(r"([^/]+/)+\Z"))
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in UnitKind]))
    lead_office = fields.String(required=True, allow_none=True)
    lead_office_name = fields.String(required=True)
    head_name = fields.String(required=True)
    contact = fields.String(required=True)
    phone = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([state.value for state in UnitState])
    )


class FindingChangedSchema(Schema):
    """Where a finding stands now; (`source`, `source_key`) says what it was registered from.

    `due_on` is none before a notice, `closed_on` until it is recognised as put right.
    """

    number = fields.String(required=True)
    state = fields.String(required=True)
    source = fields.String(
        required=True, validate=validate.OneOf([source.value for source in FindingSource])
    )
    source_key = fields.String(required=True)
    raised_by = fields.String(
        required=True, validate=validate.OneOf([body.value for body in RaisingBody])
    )
    title = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    project_id = fields.UUID(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    closed_on = fields.Date(required=True, allow_none=True)


class EscalationChangedSchema(Schema):
    """Where a rung of the ladder of something overdue stands; the subject is the rung.

    `state` is `done` by the system, `waiting` for a person, then `taken`, `skipped` or `lapsed`.
    `due_on` is the date that was missed or is near, `reached_on` the rung's own day.
    """

    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in OverdueKind])
    )
    subject_kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    rung = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(["done", "waiting", "taken", "skipped", "lapsed"]),
    )
    due_on = fields.Date(required=True)
    reached_on = fields.Date(required=True)
    document_number = fields.String(required=True)
    person = fields.String(required=True)
    note = fields.String(required=True)
    settler_name = fields.String(required=True)


class AccountabilityDecidedSchema(Schema):
    """What a competent body decided about units, for their budgets; never about persons.

    `measures` are those of performance management; empty when an appeal lifted the decision.
    """

    number = fields.String(required=True)
    unit_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1))
    measures = fields.List(fields.String(), required=True)
    document_number = fields.String(required=True)
    decided_on = fields.Date(required=True)


POLICY_ACTIVATED = REGISTRY.declare(
    "oversight.policy.activated.v1", PolicyActivatedSchema, "政策包已启用：各方按新规则计算"
)
CALENDAR_CHANGED = REGISTRY.declare(
    "oversight.calendar.changed.v1", CalendarChangedSchema, "工作日历已更新：各方重算未到期时限"
)
SIGNING_KEY_PUBLISHED = REGISTRY.declare(
    "oversight.signing_key.published.v1",
    SigningKeyPublishedSchema,
    "签名公钥已发布：各服务据此验证登录凭证",
)
SESSION_REVOKED = REGISTRY.declare(
    "oversight.session.revoked.v1", SessionRevokedSchema, "登录会话已提前结束：各服务不再接受"
)
UNIT_REGISTERED = REGISTRY.declare(
    "oversight.unit.registered.v1", UnitSchema, "单位已登记：各方据此确定归属与权限范围"
)
UNIT_CHANGED = REGISTRY.declare(
    "oversight.unit.changed.v1", UnitSchema, "单位信息已变更：归属、股室、联系人或存续状态"
)
FINDING_CHANGED = REGISTRY.declare(
    "oversight.finding.changed.v1", FindingChangedSchema, "监督问题有进展：移交方显示最新状态"
)
ESCALATION_CHANGED = REGISTRY.declare(
    "oversight.escalation.changed.v1",
    EscalationChangedSchema,
    "逾期升级有进展：报送进度表显示最近一次提醒或催办",
)
ACCOUNTABILITY_DECIDED = REGISTRY.declare(
    "oversight.accountability.decided.v1",
    AccountabilityDecidedSchema,
    "有权机关已作出问责决定：编制下一年预算时可见扣减、停拨",
)
TASK_OPENED = REGISTRY.declare(
    "oversight.task.opened.v1", TaskOpenedSchema, "整改环节有待办事项：进入工作台"
)
TASK_CLOSED = REGISTRY.declare(
    "oversight.task.closed.v1", TaskClosedSchema, "整改环节待办已办结：移出待办"
)
TASK_RESCHEDULED = REGISTRY.declare(
    "oversight.task.rescheduled.v1", TaskRescheduledSchema, "整改环节待办期限已调整：更新工作台"
)
