"""What goes in and out of the API of campaigns: scope, progress, extensions, notes, files."""

from __future__ import annotations

from marshmallow import fields

from services.eval_svc.api.schemas import LONG, one_of
from shared.terms.vocabulary import SelfEvaluationKind
from shared.web.api import ListQuery
from shared.web.schemas import SHORT, ApiSchema, Money, typed_text
from shared.web.years import YearQuery, year_field


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


class ProgressQuery(ListQuery, YearQuery):
    """Which units' progress."""

    kind = one_of(SelfEvaluationKind, "自评类别")
    office = typed_text("归口股室", SHORT)


class ProgressSchema(ApiSchema):
    """One first-level unit's progress, the units below it counted in."""

    unit_id = fields.UUID(attribute="unit.unit_id")
    unit_code = fields.String(attribute="unit.code")
    unit_name = fields.String(attribute="unit.name")
    office = fields.String(attribute="unit.lead_office", allow_none=True)
    required = fields.Integer(attribute="counts.required")
    submitted = fields.Integer(attribute="counts.submitted")
    paper_required = fields.Integer(attribute="counts.paper_required")
    paper_received = fields.Integer(attribute="counts.paper_received")
    returned = fields.Integer(attribute="counts.returned")
    late = fields.Integer(attribute="counts.late")
    overdue = fields.Integer(attribute="counts.overdue")
    due_on = fields.Date(attribute="counts.due_on", allow_none=True)
    first_due_on = fields.Date(attribute="counts.first_due_on", allow_none=True)
    contacted_at = fields.AwareDateTime(attribute="contact.contacted_at", allow_none=True)


class ExtensionSchema(ApiSchema):
    """A new due date for some units, or for all when none is named."""

    fiscal_year = year_field()
    unit_ids = fields.List(
        fields.UUID(), load_default=list, metadata={"label": "单位", "description": "空为全部单位"}
    )
    due_on = fields.Date(required=True, metadata={"label": "新的期限"})
    document_number = typed_text("依据文号", SHORT)
    reason = typed_text("延期原因", LONG)


class ExtendedSchema(ApiSchema):
    """How many forms were extended."""

    extended = fields.Integer()


class ContactSchema(ApiSchema):
    """A telephone reminder."""

    fiscal_year = year_field()
    unit_id = fields.UUID(required=True, metadata={"label": "单位"})
    person = typed_text("接听人", SHORT)
    note = typed_text("通话内容", LONG)


class ContactNotedSchema(ApiSchema):
    """The note as it is kept."""

    contact_id = fields.UUID()
    unit_id = fields.UUID()
    contacted_at = fields.AwareDateTime()
    contacted_by = fields.String()
    person = fields.String()
    note = fields.String()


class UploadSchema(ApiSchema):
    """A file taken into the evidence store."""

    digest = fields.String(metadata={"description": "内容的 SHA-256"})
    size = fields.Integer()
