"""Schemas of sharing: requests, grants, deliveries, pages, receipts."""

from __future__ import annotations

from marshmallow import fields, validate

from services.oversight_svc.usecases.sharing_delivery import MOST_RECORDS
from shared.terms.vocabulary import RaisingBody, ShareAttribute, ShareEntry
from shared.web.api import ListQuery
from shared.web.schemas import ApiSchema

DIGEST = validate.Regexp(r"^sha256:[0-9a-f]{64}$")
TEXT = validate.Length(max=4000)
MOST_NAMED = validate.Length(max=500)


class ScopeSchema(ApiSchema):
    """Fields by entry, and budget years."""

    entries = fields.Dict(
        keys=fields.Enum(ShareEntry, by_value=True),
        values=fields.List(fields.String(validate=validate.Length(max=60)), validate=MOST_NAMED),
        required=True,
        metadata={"label": "数据与字段"},
    )
    years = fields.List(
        fields.Integer(validate=validate.Range(min=2000, max=2099)),
        required=True,
        validate=MOST_NAMED,
        metadata={"label": "预算年度"},
    )


class RequestBodySchema(ScopeSchema):
    """A request for shared data."""

    purpose = fields.String(required=True, validate=TEXT, metadata={"label": "用途"})
    basis = fields.String(required=True, validate=TEXT, metadata={"label": "依据文书"})
    wanted_until = fields.Date(required=True, metadata={"label": "有效期止"})
    other_content = fields.String(load_default="", validate=TEXT, metadata={"label": "目录外内容"})
    unit_codes = fields.List(
        fields.String(), load_default=list, validate=MOST_NAMED, metadata={"label": "单位编码"}
    )
    project_codes = fields.List(
        fields.String(), load_default=list, validate=MOST_NAMED, metadata={"label": "项目编码"}
    )


class ShareRequestSchema(ApiSchema):
    """A request as it stands."""

    request_id = fields.UUID()
    fiscal_year = fields.Integer(metadata={"description": "提交年度"})
    version = fields.Integer()
    number = fields.String()
    state = fields.String()
    requester = fields.String()
    provider = fields.String()
    purpose = fields.String()
    basis = fields.String()
    scope = fields.Dict(keys=fields.String())
    other_content = fields.String()
    wanted_until = fields.Date()
    due_on = fields.Date(allow_none=True)
    reason = fields.String()


class ShareGrantSchema(ApiSchema):
    """A grant: what may be pulled, what for, through which day."""

    grant_id = fields.UUID()
    number = fields.String()
    request_id = fields.UUID()
    purpose = fields.String()
    scope = fields.Dict(keys=fields.String())
    terms = fields.String()
    expires_on = fields.Date()
    granted_at = fields.AwareDateTime()
    revoked_at = fields.AwareDateTime(allow_none=True)


class CatalogueFieldSchema(ApiSchema):
    """One field of an entry."""

    name = fields.String()
    title = fields.String()
    kind = fields.String(metadata={"description": "Frictionless 类型；传送时一律为文字"})


class CatalogueEntrySchema(ApiSchema):
    """One entry of the catalogue."""

    entry = fields.Enum(ShareEntry, by_value=True)
    title = fields.String()
    meaning = fields.String()
    provider = fields.Enum(RaisingBody, by_value=True)
    attribute = fields.Enum(ShareAttribute, by_value=True)
    columns = fields.List(fields.Nested(CatalogueFieldSchema))


class CatalogueSchema(ApiSchema):
    """The catalogue as the policy pack in force has it."""

    entries = fields.List(fields.Nested(CatalogueEntrySchema))
    key_fields = fields.List(fields.Nested(CatalogueFieldSchema))


class SharingKeySchema(ApiSchema):
    """The public key that signs packages and answers; its id follows from it."""

    key_id = fields.String()
    public_pem = fields.String()


class DeliveryBodySchema(ApiSchema):
    """What to open: pages of a size, or the evidence of one project."""

    page_size = fields.Integer(
        load_default=1_000,
        validate=validate.Range(min=1, max=MOST_RECORDS),
        metadata={"label": "每页条数"},
    )
    project_id = fields.UUID(load_default=None, allow_none=True, metadata={"label": "项目标识"})


class DeliverySchema(ApiSchema):
    """A delivery: a snapshot to be read page by page or as a package."""

    delivery_id = fields.UUID()
    grant_id = fields.UUID()
    watermark = fields.Integer(metadata={"description": "快照位置：其后登记的内容不在本次交付内"})
    page_size = fields.Integer()
    project_id = fields.UUID(allow_none=True)
    opened_at = fields.AwareDateTime()
    received_at = fields.AwareDateTime(allow_none=True)
    receipt = fields.Dict(keys=fields.String(), values=fields.String())


class RecordsQuery(ApiSchema):
    """Which page of which entry; `cursor` is the `next_cursor` of the page before."""

    entry = fields.Enum(ShareEntry, by_value=True, required=True, metadata={"label": "数据"})
    cursor = fields.Integer(
        load_default=1, validate=validate.Range(min=1, max=10**8), metadata={"label": "翻页标记"}
    )


class RecordSchema(ApiSchema):
    """One record in canonical form with the digest of exactly these bytes."""

    digest = fields.String()
    record = fields.Dict(keys=fields.String(), values=fields.String())


class RecordPageSchema(ApiSchema):
    """One page; `chain` is the chained digest of all records up to its last."""

    entry = fields.String()
    grant = fields.String()
    purpose = fields.String()
    items = fields.List(fields.Nested(RecordSchema))
    chain = fields.String()
    next_cursor = fields.String(allow_none=True)


class ReceiptSchema(ApiSchema):
    """The chained digest of each entry as the receiver reckoned it."""

    digests = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=DIGEST),
        required=True,
        metadata={"label": "记录摘要链"},
    )


class PlannedAuditSchema(ApiSchema):
    """One audit of the annual plan; the same `source_key` again changes it or nothing."""

    fiscal_year = fields.Integer(
        required=True, validate=validate.Range(min=2000, max=2099), metadata={"label": "预算年度"}
    )
    source_key = fields.String(
        required=True, validate=validate.Length(min=1, max=120), metadata={"label": "来源编号"}
    )
    unit_code = fields.String(required=True, metadata={"label": "单位编码"})
    title = fields.String(required=True, validate=TEXT, metadata={"label": "审计项目"})
    audit_kind = fields.String(load_default="", validate=TEXT, metadata={"label": "审计类型"})
    starts_on = fields.Date(load_default=None, metadata={"label": "计划开始"})
    ends_on = fields.Date(load_default=None, metadata={"label": "计划结束"})
    document_number = fields.String(load_default="", validate=TEXT, metadata={"label": "计划文号"})
    project_code = fields.String(load_default="", validate=TEXT, metadata={"label": "项目编码"})


class AuditPlanSchema(ApiSchema):
    """Items of the annual plan."""

    items = fields.List(
        fields.Nested(PlannedAuditSchema),
        required=True,
        validate=MOST_NAMED,
        metadata={"label": "计划项目"},
    )


class FiledPlanSchema(ApiSchema):
    """How many items were new, changed and the same."""

    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()


class RequestQuery(ListQuery):
    """Which requests."""

    state = fields.String(load_default="", metadata={"label": "状态"})
