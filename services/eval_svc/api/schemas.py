"""What goes in and out of this service's API. Amounts in 元 as strings, rates in %, scores."""

from __future__ import annotations

from enum import StrEnum

from marshmallow import fields, validate

from services.eval_svc.domain.scoring_explained import ScoreRule
from services.eval_svc.domain.states import SelfEvaluationState
from services.eval_svc.usecases.fill_self_evaluation import FILE_KINDS
from services.eval_svc.usecases.review_self_evaluation import REVIEW_ACTS
from shared.duties.schemas import DutyQuery, DutySchema
from shared.policy.model import Certainty
from shared.terms.vocabulary import (
    FindingCategory,
    Grade,
    IndicatorLevel1,
    IndicatorLevel2,
    Operator,
    QualitativeStep,
    QualityMark,
    SelfEvaluationKind,
)
from shared.web.schemas import SHORT, ApiSchema, Money, amount, shown_number, typed_text

LONG = validate.Length(max=4000)
POSITIONS = validate.Range(0, 999)


def one_of(kind: type[StrEnum], label: str) -> fields.String:
    """Return one of an enum's values, or nothing."""
    choices = ["", *(each.value for each in kind)]
    return fields.String(
        load_default="", validate=validate.OneOf(choices), metadata={"label": label}
    )


def typed_points(label: str) -> fields.Decimal:
    """Return points of an indicator, none where not given."""
    return fields.Decimal(
        load_default=None,
        allow_none=True,
        as_string=True,
        validate=validate.Range(min=0, max=100),
        metadata={"label": label},
    )


class FormQuery(DutyQuery):
    """What to list of the self-evaluations."""

    kind = one_of(SelfEvaluationKind, "自评类别")
    state = one_of(SelfEvaluationState, "状态")
    grade = one_of(Grade, "等级")
    quality = one_of(QualityMark, "复核结果")


class FundSchema(ApiSchema):
    """One row of the funds table."""

    position = fields.Integer()
    source = fields.String()
    initial = Money()
    budget = Money()
    executed = Money()


class InputSchema(ApiSchema):
    """A figure a score was found from."""

    name = fields.String(metadata={"description": "points, target, actual, budget, …"})
    label = fields.String()
    value = fields.String()


class StepSchema(ApiSchema):
    """One line of the calculation; `sign` is =, ≈ (rounded) or ， (a comparison)."""

    label = fields.String()
    formula = fields.String()
    sign = fields.String()
    result = fields.String()
    text = fields.String(metadata={"description": "the whole line as people read it"})


class RoundingSchema(ApiSchema):
    """How the result was rounded."""

    mode = fields.String(metadata={"enum": ["half_up"]})
    places = fields.Integer()


class ClauseSchema(ApiSchema):
    """What a rule rests on, and how sure it is."""

    clause = fields.String()
    requirements = fields.List(fields.String())
    certainty = fields.String(metadata={"enum": [each.value for each in Certainty]})


class ExplanationSchema(ApiSchema):
    """How a score, total or grade was found; kept as it was when it was found."""

    rule = fields.String(metadata={"enum": [each.value for each in ScoreRule]})
    rule_label = fields.String()
    sentence = fields.String()
    inputs = fields.List(fields.Nested(InputSchema))
    steps = fields.List(fields.Nested(StepSchema))
    rounding = fields.Nested(RoundingSchema, allow_none=True)
    basis = fields.Nested(ClauseSchema)


class LevelShareSchema(ApiSchema):
    """Points some first-level groups have together on the form, and by the scheme."""

    levels = fields.List(fields.String())
    given = fields.String()
    usual = fields.String()
    differs = fields.Boolean()
    sentence = fields.String()


class SchemeSchema(ApiSchema):
    """The version of the scoring scheme and of the pack a form was scored by."""

    code = fields.String()
    version = fields.String()
    title = fields.String()
    pack_code = fields.String()
    pack_version = fields.String()


class IndicatorSchema(ApiSchema):
    """One indicator with its score and how that was found."""

    position = fields.Integer()
    level1 = fields.String()
    level2 = fields.String()
    name = fields.String()
    operator = fields.String()
    target_value = fields.String()
    unit = fields.String()
    points = shown_number("分值")
    actual = fields.String()
    band = fields.String()
    chosen = shown_number("定性得分")
    reason = fields.String()
    score = shown_number("得分")
    achieved = shown_number("完成率")
    over_fulfilled = fields.Boolean()
    explanation = fields.String()
    explained = fields.Nested(ExplanationSchema)


class ReferredSchema(ApiSchema):
    """A problem handed to oversight."""

    number = fields.Integer()
    title = fields.String()
    description = fields.String()
    category = fields.String()
    amount = Money(allow_none=True)
    basis = fields.String()
    referred_at = fields.AwareDateTime()
    referred_by = fields.String()


class FormSummarySchema(DutySchema):
    """A self-evaluation as a list shows it."""

    self_evaluation_id = fields.UUID()
    kind = fields.String()
    subject_id = fields.UUID()
    object_id = fields.UUID(allow_none=True)
    name = fields.String()
    code = fields.String()
    scope_reason = fields.String()
    scope_note = fields.String()
    budget = Money()
    executed = Money()
    execution_rate = shown_number("执行率")
    total = shown_number("自评得分")
    recheck_score = shown_number("复核得分")
    grade = fields.String()
    quality_mark = fields.String()
    published_url = fields.String()
    published_on = fields.Date(allow_none=True)


class TaskSchema(ApiSchema):
    """A main task of the year."""

    name = fields.String(required=True, validate=SHORT, metadata={"label": "年度主要任务"})
    done = typed_text("完成情况", LONG)


class FileSchema(ApiSchema):
    """A file of the bundle."""

    kind = fields.String(
        required=True, validate=validate.OneOf(FILE_KINDS), metadata={"label": "材料类别"}
    )
    digest = fields.String(
        required=True, validate=validate.Length(max=64), metadata={"label": "文件"}
    )


class KeptFileSchema(FileSchema):
    """A file of the bundle as it is kept."""

    filename = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class FormSchema(FormSummarySchema):
    """A whole self-evaluation."""

    deadline_rule = fields.String()
    pack_code = fields.String()
    pack_version = fields.String()
    is_finished = fields.Boolean()
    known_budget = Money(allow_none=True)
    known_executed = Money(allow_none=True)
    known_as_of = fields.Date(allow_none=True)
    annual_goal = fields.String()
    result = fields.String()
    overview = fields.String()
    tasks = fields.List(fields.Nested(TaskSchema))
    executed_note = fields.String()
    conclusion = fields.String()
    problems = fields.String()
    measures = fields.String()
    project_owner = fields.String()
    finance_person = fields.String()
    files = fields.List(fields.Nested(KeptFileSchema))
    execution_score = shown_number("预算执行得分")
    execution_explanation = fields.String()
    execution_points = shown_number("预算执行分值")
    scheme = fields.Nested(SchemeSchema, allow_none=True)
    execution_explained = fields.Nested(ExplanationSchema, allow_none=True)
    total_explained = fields.Nested(ExplanationSchema, allow_none=True)
    grade_explained = fields.Nested(ExplanationSchema, allow_none=True)
    level_points = fields.List(fields.Nested(LevelShareSchema))
    return_reason = fields.String()
    problems_referred = fields.Integer()
    funds = fields.List(fields.Nested(FundSchema))
    indicators = fields.List(fields.Nested(IndicatorSchema))
    referred = fields.List(fields.Nested(ReferredSchema))


class TypedFundSchema(ApiSchema):
    """A row of the funds table, in 元."""

    position = fields.Integer(required=True, validate=POSITIONS, metadata={"label": "序号"})
    initial = amount("年初预算数")
    budget = amount("全年预算数")
    executed = amount("全年执行数")


class TypedIndicatorSchema(ApiSchema):
    """An indicator; without an approved target the whole row, else what was achieved."""

    position = fields.Integer(required=True, validate=POSITIONS, metadata={"label": "序号"})
    actual = typed_text("实际完成值", SHORT)
    band = one_of(QualitativeStep, "定性档次")
    chosen = typed_points("定性得分")
    reason = typed_text("偏差原因", LONG)
    level1 = one_of(IndicatorLevel1, "一级指标")
    level2 = one_of(IndicatorLevel2, "二级指标")
    name = typed_text("三级指标", SHORT)
    operator = one_of(Operator, "比较方式")
    target_value = typed_text("年度指标值", SHORT)
    unit = typed_text("单位", SHORT)
    points = typed_points("分值")


class FillSchema(ApiSchema):
    """The form; what must be there is asked only when it is submitted."""

    funds = fields.List(fields.Nested(TypedFundSchema), load_default=list)
    indicators = fields.List(fields.Nested(TypedIndicatorSchema), load_default=list)
    tasks = fields.List(fields.Nested(TaskSchema), load_default=list)
    files = fields.List(fields.Nested(FileSchema), load_default=list)
    executed_note = typed_text("执行数说明", LONG)
    annual_goal = typed_text("年度总体目标", LONG)
    result = typed_text("实际完成情况", LONG)
    overview = typed_text("部门基本情况", LONG)
    conclusion = typed_text("评价结论", LONG)
    problems = typed_text("存在问题", LONG)
    measures = typed_text("改进措施", LONG)
    project_owner = typed_text("项目负责人", SHORT)
    finance_person = typed_text("财务负责人", SHORT)
    is_finished = fields.Boolean(load_default=False, metadata={"label": "项目已全部完成"})


class SubmissionSchema(ApiSchema):
    """The signature that goes with the submission."""

    commitment = fields.Boolean(required=True, metadata={"label": "真实性承诺"})
    signer_name = typed_text("单位负责人", SHORT)


class ReviewSchema(ApiSchema):
    """A review or recheck: what is decided, why, and the recheck's score to correct one."""

    act = fields.String(
        required=True,
        validate=validate.OneOf(sorted(act.value for act in REVIEW_ACTS)),
        metadata={"label": "审核结论"},
    )
    opinion = typed_text("审核意见", LONG)
    score = typed_points("复核得分")


class PublicationSchema(ApiSchema):
    """Where and when the report was published."""

    url = fields.String(
        required=True, validate=validate.Length(max=500), metadata={"label": "公开网址"}
    )
    published_on = fields.Date(required=True, metadata={"label": "公开日期"})


class ReferralSchema(ApiSchema):
    """A problem to be handed to oversight."""

    title = fields.String(required=True, validate=SHORT, metadata={"label": "问题标题"})
    description = fields.String(required=True, validate=LONG, metadata={"label": "问题描述"})
    category = fields.String(
        required=True,
        validate=validate.OneOf([kind.value for kind in FindingCategory]),
        metadata={"label": "问题类别"},
    )
    amount = amount("涉及金额")
    basis = fields.String(required=True, validate=LONG, metadata={"label": "依据"})
