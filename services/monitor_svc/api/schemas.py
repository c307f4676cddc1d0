"""What goes in and out of this service's API. Amounts in 元 as strings, rates in %."""

from __future__ import annotations

from marshmallow import fields, validate

from services.monitor_svc.domain.states import ReportState
from services.monitor_svc.domain.submission import CAUSES, LIKELIHOODS
from services.monitor_svc.usecases.review_report import REVIEW_ACTS
from shared.duties.schemas import DutyQuery, DutySchema
from shared.terms.vocabulary import FindingCategory, Light, PayAdvice
from shared.web.schemas import SHORT, ApiSchema, Money, amount, shown_number, typed_text

LONG = validate.Length(max=2000)


class ReportQuery(DutyQuery):
    """What to list of the reports."""

    state = fields.String(
        load_default="",
        validate=validate.OneOf([state.value for state in ReportState]),
        metadata={"label": "状态"},
    )
    light = fields.String(
        load_default="",
        validate=validate.OneOf([light.value for light in Light]),
        metadata={"label": "预警"},
    )


class IndicatorSchema(ApiSchema):
    """One indicator with its light and how that was computed."""

    position = fields.Integer()
    level1 = fields.String()
    level2 = fields.String()
    name = fields.String()
    operator = fields.String()
    target_value = fields.String()
    unit = fields.String()
    weight = fields.Decimal(as_string=True)
    actual = fields.String()
    expected_year = fields.String()
    light = fields.String()
    progress = shown_number("完成进度")
    explanation = fields.String()


class ReportSummarySchema(DutySchema):
    """A report as a list shows it."""

    report_id = fields.UUID()
    target_id = fields.UUID()
    project_id = fields.UUID()
    project_code = fields.String()
    project_name = fields.String()
    as_of = fields.Date()
    budget = Money()
    executed = Money()
    execution_rate = shown_number("执行率")
    execution_light = fields.String()
    achievement_light = fields.String()
    light = fields.String()


class ReportSchema(ReportSummarySchema):
    """A whole report."""

    deadline_rule = fields.String()
    pack_code = fields.String()
    pack_version = fields.String()
    approved_amount = Money()
    annual_goal = fields.String()
    progress = fields.String()
    expected_year = Money(allow_none=True)
    likelihood = fields.String()
    causes = fields.List(fields.String())
    cause_note = fields.String()
    correction = fields.String()
    correction_owner = fields.String()
    correction_due_on = fields.Date(allow_none=True)
    return_reason = fields.String()
    indicators = fields.List(fields.Nested(IndicatorSchema))


class ValueSchema(ApiSchema):
    """What is entered for one indicator; qualitative ones take on_track, partly, off_track."""

    position = fields.Integer(required=True, metadata={"label": "序号"})
    actual = typed_text("截至期完成值", SHORT)
    expected_year = typed_text("全年预计完成", SHORT)


class FillSchema(ApiSchema):
    """The form; what must be there is asked only when it is submitted."""

    values = fields.List(
        fields.Nested(ValueSchema), load_default=list, metadata={"label": "绩效指标"}
    )
    progress = typed_text("年度总体目标完成情况", LONG)
    expected_year = amount("全年预计执行数")
    likelihood = fields.String(
        load_default="",
        validate=validate.OneOf(["", *sorted(LIKELIHOODS)]),
        metadata={"label": "完成目标可能性"},
    )
    causes = fields.List(
        fields.String(validate=validate.OneOf(sorted(CAUSES))),
        load_default=list,
        metadata={"label": "偏差原因"},
    )
    cause_note = typed_text("原因说明", LONG)
    correction = typed_text("纠偏措施", LONG)
    correction_owner = typed_text("责任人", SHORT)
    correction_due_on = fields.Date(
        load_default=None, allow_none=True, metadata={"label": "完成期限"}
    )


class SubmissionSchema(ApiSchema):
    """The signature that goes with the submission."""

    commitment = fields.Boolean(required=True, metadata={"label": "真实性承诺"})
    signer_name = typed_text("单位负责人", SHORT)
    scan_digest = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"label": "签字扫描件", "description": "上传文件后返回的 digest"},
    )


class ReviewSchema(ApiSchema):
    """A review: what is decided, why, and the advice to the treasury."""

    act = fields.String(
        required=True,
        validate=validate.OneOf(sorted(act.value for act in REVIEW_ACTS)),
        metadata={"label": "审核结论"},
    )
    opinion = typed_text("审核意见", LONG)
    pay_advice = fields.Enum(
        PayAdvice, by_value=True, load_default=PayAdvice.NORMAL, metadata={"label": "拨款建议"}
    )


class ReferralSchema(ApiSchema):
    """A problem handed to oversight."""

    title = fields.String(required=True, validate=SHORT, metadata={"label": "问题标题"})
    description = fields.String(required=True, validate=LONG, metadata={"label": "问题描述"})
    category = fields.Enum(
        FindingCategory, by_value=True, required=True, metadata={"label": "问题类别"}
    )
    basis = fields.String(required=True, validate=LONG, metadata={"label": "依据"})
    amount = amount("涉及金额")


class FileSchema(ApiSchema):
    """A file taken into the evidence store."""

    digest = fields.String(metadata={"description": "内容的 SHA-256"})
    size = fields.Integer()
    media_type = fields.String()
    filename = fields.String()
