"""Schemas of the API: what comes in, what goes out. Amounts are strings in 元."""

from __future__ import annotations

from decimal import Decimal

from marshmallow import fields, validate

from shared.terms.vocabulary import BudgetBook, Grade, Operator
from shared.web.api import ListQuery
from shared.web.schemas import ApiSchema, Money

YEAR = validate.Range(min=2015, max=2100)


class UnitSchema(ApiSchema):
    """The unit a thing belongs to."""

    unit_id = fields.UUID()
    code = fields.String()
    name = fields.String()
    lead_office = fields.String(allow_none=True)


class ReasonSchema(ApiSchema):
    """One reason of the gate, with the clause it rests on."""

    code = fields.String()
    sentence = fields.String()
    clause = fields.String()
    requirements = fields.List(fields.String())


class ProjectSchema(ApiSchema):
    """A project of one budget year."""

    project_id = fields.UUID()
    fiscal_year = fields.Integer()
    version = fields.Integer()
    code = fields.String()
    name = fields.String()
    unit = fields.Nested(UnitSchema)
    budget_book = fields.String()
    nature = fields.String()
    project_class = fields.String()
    flags = fields.List(fields.String())
    initial_amount = Money()
    adjusted_amount = Money()
    ex_ante_conclusion = fields.String(allow_none=True)
    target_id = fields.UUID(allow_none=True)
    target_state = fields.String(allow_none=True)


class YearQuery(ListQuery):
    """Every list is about one budget year."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    q = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"label": "关键词", "description": "项目名称、编码或拼音中的一段"},
    )


class ProjectQuery(YearQuery):
    """What to list of a year's projects."""

    unit_id = fields.UUID(load_default=None, metadata={"label": "单位"})
    budget_book = fields.String(
        load_default="",
        validate=validate.OneOf([book.value for book in BudgetBook]),
        metadata={"label": "预算账本"},
    )
    has_target = fields.Boolean(load_default=None, metadata={"label": "是否已有绩效目标"})


class ImportQuery(ApiSchema):
    """How to import."""

    dry_run = fields.Boolean(
        load_default=False, metadata={"label": "只检查", "description": "为 true 时不保存任何内容"}
    )


class SheetProblemSchema(ApiSchema):
    """One remark about one cell."""

    row = fields.Integer()
    column = fields.String()
    field = fields.String()
    code = fields.String()
    message = fields.String()
    severity = fields.String()


class SkippedRowSchema(ApiSchema):
    """A row not taken as data."""

    row_number = fields.Integer()
    reason = fields.String()
    text = fields.String()


class ImportOutcomeSchema(ApiSchema):
    """What the import did, or would do."""

    saved = fields.Boolean()
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    problems = fields.List(fields.Nested(SheetProblemSchema))
    skipped = fields.List(fields.Nested(SkippedRowSchema))


class ExAnteSchema(ApiSchema):
    """The conclusion of an ex-ante assessment."""

    conclusion = fields.String(
        required=True,
        validate=validate.OneOf(["support", "partial", "oppose"]),
        metadata={"label": "评估结论"},
    )
    document = fields.String(required=True, metadata={"label": "评估报告"})


class IndicatorSchema(ApiSchema):
    """One indicator; `weight` in points."""

    level1 = fields.String(required=True, metadata={"label": "一级指标"})
    level2 = fields.String(required=True, metadata={"label": "二级指标"})
    name = fields.String(required=True, metadata={"label": "三级指标"})
    operator = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in Operator]),
        metadata={"label": "指标性质"},
    )
    value = fields.String(required=True, metadata={"label": "指标值"})
    unit = fields.String(load_default="", metadata={"label": "计量单位"})
    weight = fields.Decimal(
        required=True,
        as_string=True,
        allow_nan=False,
        places=2,
        validate=validate.Range(min=0, max=1000),
        metadata={"label": "权重"},
    )
    history_value = fields.String(load_default="", metadata={"label": "历史值"})
    definition = fields.String(load_default="", metadata={"label": "指标解释"})
    basis_source = fields.String(load_default="", metadata={"label": "依据来源"})
    library_code = fields.String(load_default="", metadata={"label": "指标库编号"})


class TargetQuery(YearQuery):
    """What to list of a year's targets."""

    state = fields.String(load_default="", metadata={"label": "状态"})
    unit_id = fields.UUID(load_default=None, metadata={"label": "单位"})
    is_late = fields.Boolean(load_default=None, metadata={"label": "是否逾期报送"})


class TargetSummarySchema(ApiSchema):
    """A target in a list."""

    target_id = fields.UUID()
    fiscal_year = fields.Integer()
    version = fields.Integer()
    state = fields.String()
    project_id = fields.UUID()
    project_code = fields.String()
    project_name = fields.String()
    unit = fields.Nested(UnitSchema)
    initial_amount = Money()
    due_on = fields.Date(allow_none=True)
    is_late = fields.Boolean()
    times_returned = fields.Integer()
    return_reason = fields.String()
    grade = fields.String(allow_none=True)
    cut_amount = Money()
    revision = fields.Integer()
    document_number = fields.String()
    approved_on = fields.Date(allow_none=True)


class DoubtSchema(ApiSchema):
    """One automatic doubt: a hint, never a decision."""

    code = fields.String()
    path = fields.String()
    sentence = fields.String()


class TargetSchema(TargetSummarySchema):
    """A whole target."""

    annual_goal = fields.String()
    midterm_goal = fields.String()
    money_note = fields.String()
    indicators = fields.List(fields.Nested(IndicatorSchema))
    doubts = fields.List(fields.Nested(DoubtSchema))
    pack_code = fields.String()
    pack_version = fields.String()


class NewTargetSchema(ApiSchema):
    """Which project gets its target."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    project_id = fields.UUID(required=True, metadata={"label": "项目"})
    copy_last_year = fields.Boolean(load_default=False, metadata={"label": "复制上年"})


class DraftSchema(ApiSchema):
    """The content of a draft."""

    annual_goal = fields.String(required=True, metadata={"label": "年度总体目标"})
    midterm_goal = fields.String(load_default="", metadata={"label": "中期总体目标"})
    money_note = fields.String(load_default="", metadata={"label": "资金匹配说明"})
    indicators = fields.List(
        fields.Nested(IndicatorSchema), load_default=list, metadata={"label": "绩效指标"}
    )


class SubmissionSchema(ApiSchema):
    """The signature that goes with a submission."""

    commitment = fields.Boolean(required=True, metadata={"label": "真实性承诺"})
    signer_name = fields.String(required=True, metadata={"label": "签字人"})
    signature_kind = fields.String(
        required=True,
        validate=validate.OneOf(["signed_scan", "e_seal"]),
        metadata={"label": "签字方式"},
    )
    scan_digest = fields.String(
        required=True, metadata={"label": "扫描件", "description": "上传文件时得到的 digest"}
    )


class ReviewSchema(ApiSchema):
    """A review. `passing` counts below 绩效中心, which decides by `grade`."""

    passing = fields.Boolean(load_default=True, metadata={"label": "是否通过"})
    opinion = fields.String(load_default="", metadata={"label": "审核意见"})
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        load_default=dict,
        metadata={"label": "必审事项"},
    )
    items = fields.Dict(
        keys=fields.String(),
        values=fields.Decimal(allow_nan=False),
        load_default=dict,
        metadata={"label": "评审得分"},
    )
    grade = fields.Enum(Grade, by_value=True, load_default=None, metadata={"label": "评定等级"})
    cut_amount = Money(load_default=Decimal("0.00"), metadata={"label": "核减金额"})


class AdvanceSchema(ApiSchema):
    """A step without a form."""

    act = fields.String(
        required=True,
        validate=validate.OneOf(["pick_joint", "table", "issue", "reopen", "withdraw"]),
        metadata={"label": "步骤"},
    )
    reason = fields.String(load_default="", metadata={"label": "原因"})


class ApprovalSchema(ApiSchema):
    """The approval together with the budget."""

    document_number = fields.String(required=True, metadata={"label": "批复文号"})
    approved_on = fields.Date(required=True, metadata={"label": "批复日期"})


class GateQuestionSchema(ApiSchema):
    """May this project receive budget?"""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    project_code = fields.String(required=True, metadata={"label": "项目编码"})
    requested = Money(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0),
        metadata={"label": "申请金额", "description": "元；不填时按年初预算数"},
    )


class GateQuery(YearQuery):
    """What to list of the questions asked."""

    verdict = fields.String(load_default="", metadata={"label": "结论"})


class GateReplySchema(ApiSchema):
    """The gate's answer."""

    query_id = fields.UUID()
    fiscal_year = fields.Integer()
    project_code = fields.String()
    project_name = fields.String()
    asked_at = fields.AwareDateTime()
    asked_by = fields.String()
    requested = Money()
    mode = fields.String()
    verdict = fields.String()
    allowed_amount = Money()
    reasons = fields.List(fields.Nested(ReasonSchema))
    pack_code = fields.String()
    pack_version = fields.String()


class FileSchema(ApiSchema):
    """A file taken into the evidence store."""

    digest = fields.String(metadata={"description": "内容的 SHA-256"})
    size = fields.Integer()
    media_type = fields.String()
    filename = fields.String()


class LibraryQuery(ListQuery):
    """What to list of the library."""

    q = fields.String(load_default="", metadata={"label": "关键词"})
    level1 = fields.String(load_default="", metadata={"label": "一级指标"})
    sector = fields.String(load_default="", metadata={"label": "行业"})
    state = fields.String(load_default="", metadata={"label": "状态"})


class LibraryIndicatorSchema(ApiSchema):
    """One entry of the library."""

    indicator_id = fields.UUID()
    version = fields.Integer()
    code = fields.String()
    sector = fields.String()
    level1 = fields.String()
    level2 = fields.String()
    name = fields.String()
    operator = fields.String()
    standard_value = fields.String()
    unit = fields.String()
    state = fields.String()
    used = fields.Integer()
