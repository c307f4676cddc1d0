"""What the acts on a finding take by API. Amounts in 元 as strings, progress in %."""

from __future__ import annotations

from marshmallow import fields, validate

from services.oversight_svc.api.finding_schemas import (
    AMOUNT,
    SHORT,
    YEAR,
    choice,
    day,
    digest,
    digests,
    money,
    text,
)
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.usecases.review_rectification import RECHECK_ACTS, RECOGNITION_ACTS
from shared.terms.vocabulary import Completion, LookBackVerdict, MoneyKind
from shared.web.schemas import ApiSchema, Money


class ReasonSchema(ApiSchema):
    """A reason."""

    opinion = text("理由")


class NumberSchema(ApiSchema):
    """Another finding, by its number."""

    number = fields.String(required=True, validate=SHORT, metadata={"label": "问题编号"})


class MeasureInSchema(ApiSchema):
    """One measure of a plan to hand in."""

    measure = text("整改措施")
    owner = text("责任人", SHORT)
    due_on = day("完成时间")
    is_wider = fields.Boolean(load_default=False, metadata={"label": "举一反三"})


class PlanSchema(ApiSchema):
    """A plan."""

    measures = fields.List(
        fields.Nested(MeasureInSchema), required=True, metadata={"label": "整改措施"}
    )
    responsible_person = text("责任人", SHORT)
    evidence = digests("附件")


class ProgressSchema(ApiSchema):
    """How far it has come."""

    progress = fields.Integer(
        required=True, validate=validate.Range(0, 100), metadata={"label": "进度"}
    )
    note = text("进展情况")
    done = fields.List(
        fields.Integer(validate=validate.Range(0, 999)),
        load_default=list,
        metadata={"label": "已完成的措施"},
    )
    evidence = digests("佐证")


class RectificationReportSchema(ApiSchema):
    """A report on a finding; money is the whole sum so far."""

    completion = choice(Completion, "完成情况", required=True)
    narrative = text("整改落实情况")
    unfinished_reason = text("未完成原因")
    next_step = text("下步计划")
    regulations = fields.List(
        fields.String(validate=SHORT), load_default=list, metadata={"label": "建立健全的制度"}
    )
    people_held_accountable = fields.Integer(
        load_default=0, validate=validate.Range(0, 9999), metadata={"label": "追责问责人数"}
    )
    money = money("整改金额")
    money_note = text("金额说明")
    evidence = digests("佐证材料")
    commitment = fields.Boolean(required=True, metadata={"label": "真实性承诺"})
    signer_name = text("签字的主要负责人", SHORT)
    scan_digest = digest("签字扫描件")


class DisputeSchema(ApiSchema):
    """A dispute."""

    opinion = text("异议理由")
    evidence = digests("异议材料")


class DecisionSchema(ApiSchema):
    """What is decided about a dispute."""

    upheld = fields.Boolean(required=True, metadata={"label": "是否采纳"})
    opinion = text("处理意见")


class RecheckSchema(ApiSchema):
    """What the office found."""

    act = fields.String(
        required=True,
        validate=validate.OneOf([act.value for act in RECHECK_ACTS]),
        metadata={"label": "复核结论"},
    )
    opinion = text("复核意见")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    evidence = digests("复核材料")


class RecognitionSchema(ApiSchema):
    """What the raising body recognises; without `money` all that was reported."""

    act = fields.String(
        required=True,
        validate=validate.OneOf([act.value for act in RECOGNITION_ACTS]),
        metadata={"label": "认定结论"},
    )
    opinion = text("认定意见")
    money = fields.Dict(
        keys=fields.Enum(MoneyKind, by_value=True),
        values=Money(validate=AMOUNT),
        load_default=None,
        allow_none=True,
        metadata={"label": "认定金额", "description": "处理方式 → 金额（元）；不填为全部认定"},
    )
    evidence = digests("认定材料")


class LookBackSchema(ApiSchema):
    """What a look-back found."""

    verdict = choice(LookBackVerdict, "回头看结论", required=True)
    opinion = text("核查情况")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    decided_on = day("核查日期")
    due_on = day("新的整改期限")
    evidence = digests("核查证据")


class ReQuestionSchema(ApiSchema):
    """Whether the effect is there."""

    is_effective = fields.Boolean(required=True, metadata={"label": "是否见效"})
    opinion = text("核查情况")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    decided_on = day("核查日期")
    due_on = day("新的整改期限")
    evidence = digests("核查证据")


class RefusalSchema(ApiSchema):
    """The determination of a refusal."""

    opinion = text("认定理由")
    leader_name = text("签批的领导", SHORT)
    document_number = text("签批件文号", SHORT)
    scan_digest = digest("签批件扫描件")


class KeySchema(ApiSchema):
    """Names a finding."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    finding_id = fields.UUID(required=True, metadata={"label": "问题"})


class ExtensionSchema(ApiSchema):
    """A later date for some findings, or for a year's when none is named."""

    findings = fields.List(fields.Nested(KeySchema), load_default=list, metadata={"label": "问题"})
    fiscal_year = fields.Integer(
        load_default=None, allow_none=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    unit_ids = fields.List(
        fields.UUID(),
        load_default=list,
        metadata={"label": "单位", "description": "未列问题时有效，空为全部单位"},
    )
    due_on = fields.Date(required=True, metadata={"label": "新的期限"})
    document_number = text("依据文号", SHORT)
    reason = text("延期原因")


class ExtendedSchema(ApiSchema):
    """How many due dates were moved."""

    extended = fields.Integer()


class UrgingSchema(ApiSchema):
    """One urging about some findings."""

    findings = fields.List(fields.Nested(KeySchema), required=True, metadata={"label": "问题"})
    means = choice(UrgingMeans, "催办方式", required=True)
    person = text("接听人", SHORT)
    note = text("催办内容")
    new_due_on = day("要求完成日期")


class UrgedSchema(ApiSchema):
    """The batch, to send its letter later."""

    batch_id = fields.UUID()


class LetterSchema(ApiSchema):
    """What makes a drafted letter a sent one."""

    document_number = text("催办函文号", SHORT)
    sent_on = day("发出日期")
    scan_digest = digest("盖章扫描件")


class SentSchema(ApiSchema):
    """How many findings the letter is about."""

    findings = fields.Integer()
