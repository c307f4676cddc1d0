"""The form check's document and report, as OpenAPI describes them; the domain reads them."""

from __future__ import annotations

from marshmallow import fields, validate

from services.eval_svc.domain.form_check.form import FormKind
from services.eval_svc.domain.form_check.report import (
    CheckBasis,
    FormCheckCode,
    Severity,
    Verdict,
)
from shared.web.schemas import ApiSchema


def _printed(label: str) -> fields.String:
    """Return a field for a text exactly as printed; `null` where the copy does not show it."""
    return fields.String(allow_none=True, metadata={"label": label})


def _one_of(
    values: type[FormKind | Verdict | Severity | CheckBasis | FormCheckCode],
) -> fields.String:
    return fields.String(validate=validate.OneOf([each.value for each in values]))


class FundDocumentSchema(ApiSchema):
    """A row of the funds table."""

    row = fields.String(required=True, metadata={"label": "行：total 或表上印的行名"})
    budget_initial = _printed("年初预算数")
    budget_adjusted = _printed("全年预算数")
    executed = _printed("全年执行数")
    weight = _printed("分值")
    rate = _printed("执行率")
    score = _printed("得分")


class SectionDocumentSchema(ApiSchema):
    """A level-1 heading with its printed points."""

    level1 = fields.String(metadata={"label": "一级指标"})
    weight = _printed("分值")
    score = _printed("得分")


class IndicatorDocumentSchema(ApiSchema):
    """A row of the indicator table."""

    level1 = _printed("一级指标")
    level2 = _printed("二级指标")
    level3 = _printed("三级指标")
    target = _printed("年度指标值")
    actual = _printed("实际完成值")
    weight = _printed("分值")
    score = _printed("得分")
    reason = _printed("偏差原因分析及改进措施")


class FormDocumentSchema(ApiSchema):
    """A form, every figure a text exactly as printed."""

    form = fields.String(required=True, validate=validate.OneOf([each.value for each in FormKind]))
    is_partial = fields.Boolean(data_key="partial", metadata={"label": "表不完整"})
    unit_name = _printed("单位名称")
    project_name = _printed("项目名称")
    fiscal_year = fields.Integer(allow_none=True, metadata={"label": "年度"})
    amount_unit = fields.String(validate=validate.OneOf(["元", "万元"]))
    scheme = _printed("评分方案")
    execution_rule = _printed("预算执行计分规则")
    indicator_rule = _printed("指标计分规则")
    funds = fields.List(fields.Nested(FundDocumentSchema))
    sections = fields.List(fields.Nested(SectionDocumentSchema))
    indicators = fields.List(fields.Nested(IndicatorDocumentSchema))
    total_weight = _printed("总分值")
    total_score = _printed("总分")
    grade = _printed("等级")


class FormFindingSchema(ApiSchema):
    """One disagreement."""

    code = _one_of(FormCheckCode)
    severity = _one_of(Severity)
    path = fields.String(metadata={"label": "位置"})
    printed = _printed("印的是")
    expected = _printed("应为")
    explanation = fields.String(metadata={"label": "说明"})
    explanation_en = fields.String(metadata={"label": "说明（英文）"})
    basis = _one_of(CheckBasis)
    source = fields.String(metadata={"label": "依据"})


class RecomputedSchema(ApiSchema):
    """The figures anew."""

    execution_rate = _printed("执行率")
    execution_score = _printed("预算执行得分")
    indicator_scores = fields.List(fields.String(allow_none=True))
    total_score = _printed("总分")
    grade = _printed("等级")


class CheckReportSchema(ApiSchema):
    """The report."""

    verdict = _one_of(Verdict)
    findings = fields.List(fields.Nested(FormFindingSchema))
    recomputed = fields.Nested(RecomputedSchema)
    unchecked = fields.List(fields.String())
