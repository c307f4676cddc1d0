"""The forms of a finding's pages. Amounts are typed in 万元 and loaded in 元."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.usecases.review_rectification import RECHECK_ACTS, RECOGNITION_ACTS
from shared.terms.vocabulary import (
    Completion,
    FindingCategory,
    FindingSource,
    LookBackVerdict,
    MoneyKind,
    RectificationKind,
)
from shared.web.console.forms import TypedWan
from shared.web.schemas import BEYOND_ANY_AMOUNT, ApiSchema

LONG = validate.Length(max=4000)
SHORT = validate.Length(max=200)
DIGEST = validate.Length(max=64)
AMOUNT = validate.Range(min=0, max=BEYOND_ANY_AMOUNT, max_inclusive=False)


def text(label: str, limit: validate.Length = LONG) -> fields.String:
    """Return a text; what must be there is asked by the rule, with its own words."""
    return fields.String(load_default="", validate=limit, metadata={"label": label})


def day(label: str) -> fields.Date:
    """Return a day that may be left out."""
    return fields.Date(load_default=None, metadata={"label": label})


def amount(label: str) -> TypedWan:
    """Return an amount typed in 万元."""
    return TypedWan(load_default=None, validate=AMOUNT, metadata={"label": label})


def digests(label: str) -> fields.Field[Any]:
    """Return uploaded files, by digest."""
    return fields.List(fields.String(validate=DIGEST), load_default=list, metadata={"label": label})


class MoneyFields(ApiSchema):
    """The five ways money is put right, typed in 万元."""

    turned_over = amount("上缴财政")
    returned_channel = amount("归还原渠道")
    adjusted_accounts = amount("调账处理")
    disbursed = amount("促进拨付")
    reduced_allocation = amount("减少拨款")


def money_of(data: Mapping[str, Any]) -> dict[MoneyKind, Decimal]:
    """Return the amounts typed, in 元; a field left out means none."""
    return {kind: data[kind.value] for kind in MoneyKind if data.get(kind.value) is not None}


class AssistingRow(ApiSchema):
    """One unit that assists."""

    id = fields.String(load_default="")
    unit_id = fields.UUID(required=True, metadata={"label": "配合单位"})


class RegistrationForm(MoneyFields):
    """A finding entered by an officer."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    source = fields.Enum(
        FindingSource, by_value=True, required=True, metadata={"label": "问题来源"}
    )
    source_document = text("来源文书", SHORT)
    unit_id = fields.UUID(required=True, metadata={"label": "责任单位"})
    assisting = fields.List(
        fields.Nested(AssistingRow), load_default=list, metadata={"label": "配合单位"}
    )
    responsible_person = text("责任人", SHORT)
    project_name = text("涉及项目", SHORT)
    title = text("问题标题", SHORT)
    description = text("问题描述")
    category = fields.Enum(
        FindingCategory, by_value=True, required=True, metadata={"label": "问题类别"}
    )
    amount = amount("涉及金额")
    basis = text("依据")
    demand = text("整改要求")
    kind = fields.Enum(
        RectificationKind,
        by_value=True,
        load_default=RectificationKind.IMMEDIATE,
        metadata={"label": "整改类型"},
    )
    due_on = day("整改期限")
    earlier_number = text("以前年度问题编号", SHORT)
    confirmed = fields.Boolean(load_default=False, metadata={"label": "确认不是重复问题"})


class MeasureRowSchema(ApiSchema):
    """One measure of a plan."""

    id = fields.String(load_default="")
    measure = text("整改措施")
    owner = text("责任人", SHORT)
    due_on = day("完成时间")
    is_wider = fields.String(
        load_default="", validate=validate.OneOf(["", "true"]), metadata={"label": "举一反三"}
    )


class PlanForm(ApiSchema):
    """The plan."""

    measures = fields.List(
        fields.Nested(MeasureRowSchema), load_default=list, metadata={"label": "整改措施"}
    )
    responsible_person = text("责任人", SHORT)
    evidence = digests("附件")


class ProgressForm(ApiSchema):
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


class ReportForm(MoneyFields):
    """The report on a finding."""

    completion = fields.Enum(
        Completion, by_value=True, required=True, metadata={"label": "完成情况"}
    )
    narrative = text("整改落实情况")
    unfinished_reason = text("未完成原因")
    next_step = text("下步计划")
    regulations = text("建立健全的制度")
    people_held_accountable = fields.Integer(
        load_default=0, validate=validate.Range(0, 9999), metadata={"label": "追责问责人数"}
    )
    money_note = text("金额说明")
    evidence = digests("佐证材料")
    commitment = fields.Boolean(load_default=False, metadata={"label": "真实性承诺"})
    signer_name = text("签字的主要负责人", SHORT)
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "签字扫描件"})


class DisputeForm(ApiSchema):
    """A dispute with its papers."""

    opinion = text("异议理由")
    evidence = digests("异议材料")


class DecisionForm(ApiSchema):
    """What is decided about a dispute."""

    upheld = fields.Boolean(required=True, metadata={"label": "处理结论"})
    opinion = text("处理意见")


class RecheckForm(ApiSchema):
    """What the office found."""

    decision = fields.Enum(
        FindingAct,
        by_value=True,
        required=True,
        validate=validate.OneOf(RECHECK_ACTS),
        metadata={"label": "复核结论"},
    )
    opinion = text("复核意见")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    evidence = digests("复核材料")


class RecognitionForm(MoneyFields):
    """What the raising body recognises."""

    decision = fields.Enum(
        FindingAct,
        by_value=True,
        required=True,
        validate=validate.OneOf(RECOGNITION_ACTS),
        metadata={"label": "认定结论"},
    )
    opinion = text("认定意见")
    evidence = digests("认定材料")


class LookBackForm(ApiSchema):
    """What a look-back found."""

    verdict = fields.Enum(
        LookBackVerdict, by_value=True, required=True, metadata={"label": "回头看结论"}
    )
    opinion = text("核查情况")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    decided_on = day("核查日期")
    due_on = day("新的整改期限")
    evidence = digests("核查证据")


class ReQuestionForm(ApiSchema):
    """Whether the effect is there."""

    is_effective = fields.Boolean(required=True, metadata={"label": "再问效结论"})
    opinion = text("核查情况")
    is_on_site = fields.Boolean(load_default=False, metadata={"label": "现场核查"})
    decided_on = day("核查日期")
    due_on = day("新的整改期限")
    evidence = digests("核查证据")


class ExtensionForm(ApiSchema):
    """A later date with its basis."""

    due_on = fields.Date(required=True, metadata={"label": "新的期限"})
    document_number = text("依据文号", SHORT)
    reason = text("延期原因")


class RefusalForm(ApiSchema):
    """The determination of a refusal."""

    opinion = text("认定理由")
    leader_name = text("签批的领导", SHORT)
    document_number = text("签批件文号", SHORT)
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "签批件扫描件"})


class UrgingForm(ApiSchema):
    """One urging."""

    means = fields.Enum(UrgingMeans, by_value=True, required=True, metadata={"label": "催办方式"})
    person = text("接听人", SHORT)
    note = text("催办内容")
    new_due_on = day("要求完成日期")


class LetterForm(ApiSchema):
    """What makes a drafted letter a sent one."""

    batch_id = fields.UUID(required=True, metadata={"label": "催办函"})
    document_number = text("催办函文号", SHORT)
    sent_on = day("发出日期")
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "盖章扫描件"})


class ReasonForm(ApiSchema):
    """A reason."""

    opinion = text("理由")


class NumberForm(ApiSchema):
    """Another finding, by its number."""

    number = text("问题编号", SHORT)
