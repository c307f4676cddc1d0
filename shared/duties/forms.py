"""The forms every kind of duty has beside its own: paper, extension, telephone note."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.web.schemas import SHORT, ApiSchema, typed_text

LONG = validate.Length(max=4000)


class PaperForm(ApiSchema):
    """A paper copy at the counter."""

    code = typed_text("版本码", SHORT)
    received_on = fields.Date(load_default=None, metadata={"label": "收件日期"})


class ExtensionForm(ApiSchema):
    """A new due date with its basis."""

    due_on = fields.Date(required=True, metadata={"label": "新的期限"})
    document_number = typed_text("依据文号", SHORT)
    reason = typed_text("延期原因", LONG)


class ContactForm(ApiSchema):
    """A telephone reminder."""

    unit_id = fields.UUID(required=True, metadata={"label": "单位"})
    person = typed_text("接听人", SHORT)
    note = typed_text("通话内容", LONG)
