"""What goes in and out of the API of every kind of duty beside its own."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.duties.forms import LONG
from shared.duties.lists import TABS
from shared.web.api import ListQuery
from shared.web.schemas import SHORT, ApiSchema, typed_text
from shared.web.years import YearQuery, year_field


class DutyQuery(ListQuery, YearQuery):
    """What to list; a service adds what only its own duties have."""

    tab = fields.String(
        load_default="all", validate=validate.OneOf(TABS), metadata={"label": "分类"}
    )
    text = typed_text("关键词", SHORT)
    office = typed_text("归口股室", SHORT)
    unit_code = typed_text("单位编码", SHORT)
    overdue = fields.Boolean(load_default=False, metadata={"label": "逾期未报"})
    paper_missing = fields.Boolean(load_default=False, metadata={"label": "缺纸质件"})


class DutySchema(ApiSchema):
    """A duty as a list shows it."""

    fiscal_year = fields.Integer()
    version = fields.Integer()
    unit_id = fields.UUID()
    unit_code = fields.String()
    unit_name = fields.String()
    state = fields.String()
    due_on = fields.Date()
    first_due_on = fields.Date(metadata={"description": "延期前的期限"})
    provisional = fields.Boolean()
    is_late = fields.Boolean()
    times_returned = fields.Integer()
    print_code = fields.String(metadata={"description": "最新一次报送的版本码"})
    paper_required = fields.Boolean()
    paper_received_on = fields.Date(allow_none=True)
    paper_print_code = fields.String()


class PaperSchema(ApiSchema):
    """The paper copy at the counter."""

    print_code = fields.String(required=True, validate=SHORT, metadata={"label": "版本码"})
    received_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": "收件日期", "description": "默认今天"},
    )


class ProgressQuery(ListQuery, YearQuery):
    """Which units' progress."""

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
    """How many duties were extended."""

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
