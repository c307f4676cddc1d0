"""What goes in and out of the API of campaigns: scope, progress, extensions, notes, files."""

from __future__ import annotations

from marshmallow import fields

from services.eval_svc.api.schemas import one_of
from shared.duties import schemas
from shared.terms.vocabulary import SelfEvaluationKind
from shared.web.schemas import ApiSchema, Money
from shared.web.years import year_field


class CampaignSchema(ApiSchema):
    """The budget year to be self-evaluated."""

    fiscal_year = year_field()


class OpenedSchema(ApiSchema):
    """How many duties were added, how many were there already."""

    added = fields.Integer()
    existing = fields.Integer()


class ScopeItemSchema(ApiSchema):
    """An object of the scope and why it is in it."""

    kind = fields.String()
    subject_id = fields.UUID()
    unit_id = fields.UUID()
    name = fields.String()
    amount = Money()
    reason = fields.String()
    explanation = fields.String()
    has_target = fields.Boolean(metadata={"description": "是否有批复的绩效目标"})
    paper_required = fields.Boolean()


class ScopeSchema(ApiSchema):
    """The scope of a campaign."""

    opened = fields.Integer(metadata={"description": "已生成任务的对象数"})
    items = fields.List(fields.Nested(ScopeItemSchema))


class ProgressQuery(schemas.ProgressQuery):
    """Which units' progress."""

    kind = one_of(SelfEvaluationKind, "自评类别")


class UploadSchema(ApiSchema):
    """A file taken into the evidence store."""

    digest = fields.String(metadata={"description": "内容的 SHA-256"})
    size = fields.Integer()
