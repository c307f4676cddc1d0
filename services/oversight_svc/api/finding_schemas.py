"""What goes in and out of the API about findings. Amounts in 元 as strings, progress in %."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from services.oversight_svc.domain.notices import NoticeState
from services.oversight_svc.domain.registration import LARGEST_AMOUNT, LONGEST_KEY
from shared.terms.vocabulary import (
    FindingCategory,
    FindingSource,
    MoneyKind,
    RectificationKind,
)
from shared.web.api import ListQuery
from shared.web.schemas import ApiSchema, Money

YEAR = validate.Range(2000, 2100)
LONG = validate.Length(max=4000)
SHORT = validate.Length(max=200)
AMOUNT = validate.Range(min=0, max=LARGEST_AMOUNT)


def text(label: str, limit: validate.Length = LONG) -> fields.String:
    """Return a text; what must be there is asked by the rule, with its own words."""
    return fields.String(load_default="", validate=limit, metadata={"label": label})


def day(label: str) -> fields.Date:
    """Return a day that may be left out."""
    return fields.Date(load_default=None, allow_none=True, metadata={"label": label})


def digest(label: str) -> fields.String:
    """Return an uploaded file by its digest."""
    return fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"label": label, "description": "上传文件后返回的 digest"},
    )


def digests(label: str) -> fields.Field[Any]:
    """Return uploaded files."""
    return fields.List(
        fields.String(validate=validate.Length(max=64)),
        load_default=list,
        metadata={"label": label, "description": "上传文件后返回的 digest"},
    )


def choice(enum: type[Any], label: str, **options: Any) -> fields.Field[Any]:  # noqa: ANN401 (marshmallow's)
    """Return one of the values of an enum."""
    return fields.Enum(enum, by_value=True, metadata={"label": label}, **options)


def money(label: str) -> fields.Field[Any]:
    """Return amounts in 元 by kind."""
    return fields.Dict(
        keys=fields.Enum(MoneyKind, by_value=True),
        values=Money(validate=AMOUNT),
        load_default=dict,
        metadata={"label": label, "description": "处理方式 → 金额（元）"},
    )


class ShareSchema(ApiSchema):
    """A unit that shares a finding."""

    unit_id = fields.UUID()
    unit_code = fields.String()
    unit_name = fields.String()
    duty = fields.String()


class FindingMoneySchema(ApiSchema):
    """Money of one kind."""

    kind = fields.String()
    demanded = Money()
    reported = Money()
    recognised = Money()


class MeasureSchema(ApiSchema):
    """One measure of a plan."""

    position = fields.Integer()
    measure = fields.String()
    owner = fields.String()
    due_on = fields.Date()
    is_wider = fields.Boolean()
    done_on = fields.Date(allow_none=True)


class FindingSchema(ApiSchema):
    """A finding."""

    finding_id = fields.UUID()
    fiscal_year = fields.Integer()
    version = fields.Integer()
    number = fields.String()
    state = fields.String()
    source = fields.String()
    source_document = fields.String()
    source_key = fields.String()
    raised_by = fields.String()
    title = fields.String()
    description = fields.String()
    category = fields.String()
    basis = fields.String()
    demand = fields.String()
    kind = fields.String()
    unit_id = fields.UUID()
    responsible_person = fields.String()
    project_id = fields.UUID(allow_none=True)
    project_name = fields.String()
    amount = Money(allow_none=True)
    amount_rectified = Money()
    progress = fields.Integer()
    due_on = fields.Date(allow_none=True)
    first_due_on = fields.Date(allow_none=True, metadata={"description": "延期前的期限"})
    buffer_on = fields.Date(allow_none=True)
    provisional = fields.Boolean()
    pack_code = fields.String()
    pack_version = fields.String()
    times_extended = fields.Integer()
    times_returned = fields.Integer()
    times_reopened = fields.Integer()
    times_urged = fields.Integer()
    is_repeated = fields.Boolean()
    is_refused = fields.Boolean()
    is_falsified = fields.Boolean()
    is_partly_recognised = fields.Boolean()
    merged_into = fields.UUID(allow_none=True)
    earlier_id = fields.UUID(allow_none=True)
    notice_id = fields.UUID(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    closer_name = fields.String()
    look_back_verdict = fields.String(allow_none=True)
    look_back_on = fields.Date(allow_none=True)
    re_question_on = fields.Date(allow_none=True)
    units = fields.List(fields.Nested(ShareSchema))
    money = fields.List(fields.Nested(FindingMoneySchema))
    measures = fields.List(fields.Nested(MeasureSchema))


class RegistrationSchema(ApiSchema):
    """A finding to register; the same `source` and `source_key` again change nothing."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    unit_code = fields.String(required=True, validate=SHORT, metadata={"label": "责任单位编码"})
    assisting_codes = fields.List(
        fields.String(validate=SHORT), load_default=list, metadata={"label": "配合单位编码"}
    )
    source = choice(FindingSource, "问题来源", required=True)
    source_key = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_KEY),
        metadata={"label": "来源编号", "description": "来源系统中的唯一编号"},
    )
    source_document = fields.String(required=True, validate=SHORT, metadata={"label": "来源文书"})
    title = fields.String(required=True, validate=SHORT, metadata={"label": "问题标题"})
    description = fields.String(required=True, validate=LONG, metadata={"label": "问题描述"})
    category = choice(FindingCategory, "问题类别", load_default=FindingCategory.OTHER)
    basis = text("依据")
    demand = text("整改要求")
    kind = choice(RectificationKind, "整改类型", load_default=RectificationKind.IMMEDIATE)
    responsible_person = text("责任人", SHORT)
    project_name = text("涉及项目", SHORT)
    amount = Money(
        load_default=None, allow_none=True, validate=AMOUNT, metadata={"label": "涉及金额"}
    )
    money = money("按处理方式的金额")
    due_on = day("整改期限")
    earlier_number = text("以前年度问题编号", SHORT)


class ReportTextSchema(ApiSchema):
    """Paragraphs of a report."""

    report = fields.String(
        required=True, validate=validate.Length(min=1, max=100_000), metadata={"label": "报告段落"}
    )


class IssueSchema(ApiSchema):
    """One proposed issue."""

    title = fields.String()
    description = fields.String()
    amount = Money(allow_none=True)


class IssuesSchema(ApiSchema):
    """The proposed issues, in order."""

    issues = fields.List(fields.Nested(IssueSchema))


class FileSchema(ApiSchema):
    """A file taken into the evidence store."""

    digest = fields.String(metadata={"description": "内容的 SHA-256"})
    size = fields.Integer()
    media_type = fields.String()
    filename = fields.String()


class ImportQuery(ApiSchema):
    """How to import."""

    year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
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


class ImportOutcomeSchema(ApiSchema):
    """What the import did, or would do."""

    saved = fields.Boolean()
    created = fields.Integer()
    unchanged = fields.Integer()
    problems = fields.List(fields.Nested(SheetProblemSchema))
    remarks = fields.List(fields.String())


class NoticeSchema(ApiSchema):
    """A rectification notice."""

    notice_id = fields.UUID()
    fiscal_year = fields.Integer()
    version = fields.Integer()
    state = fields.String()
    unit_id = fields.UUID()
    raised_by = fields.String()
    subject = fields.String()
    contact = fields.String()
    issuer = fields.String()
    document_number = fields.String()
    issued_on = fields.Date(allow_none=True)
    receipt_due_on = fields.Date(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    signer_name = fields.String()


class NoticeItemSchema(ApiSchema):
    """One finding of a draft."""

    finding_id = fields.UUID(required=True, metadata={"label": "问题"})
    kind = choice(RectificationKind, "整改类型", required=True)
    demand = text("整改要求")
    due_on = day("整改期限")


class NoticeDraftSchema(ApiSchema):
    """A draft of one unit's findings of one budget year."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    items = fields.List(fields.Nested(NoticeItemSchema), required=True, metadata={"label": "问题"})
    subject = text("通知标题", SHORT)
    contact = text("联系人及电话", SHORT)
    issuer = text("签发人", SHORT)


class NoticeIssueSchema(ApiSchema):
    """What makes a draft a notice."""

    document_number = text("文号", SHORT)
    issued_on = day("发文日期")
    scan_digest = digest("盖章扫描件")


class NoticeSignatureSchema(ApiSchema):
    """The receipt."""

    signer_name = text("签收的负责人", SHORT)
    signed_on = day("签收日期")
    scan_digest = digest("签收回执扫描件")


class NoticeQuery(ListQuery):
    """Which notices."""

    year = fields.Integer(
        load_default=None, allow_none=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    state = fields.String(
        load_default="",
        validate=validate.OneOf(["", *(state.value for state in NoticeState)]),
        metadata={"label": "状态"},
    )
