"""Field kinds the event schemas share."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.terms.vocabulary import FindingCategory, FindingSource


def yuan(**options: object) -> fields.Decimal:
    """Return an amount in 元, two decimals, a string on the wire."""
    return fields.Decimal(places=2, as_string=True, required=True, **options)  # type: ignore[arg-type]


class TaskOpenedSchema(Schema):
    """A piece of work waits for somebody: what the desk shows."""

    kind = fields.String(required=True)
    title = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    role = fields.String(required=True)
    tab = fields.String(required=True, validate=validate.OneOf(["todo", "returned", "review"]))
    due_on = fields.Date(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)


class TaskClosedSchema(Schema):
    """The piece of work is done or has fallen away."""

    kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    outcome = fields.String(required=True)
    closed_by = fields.UUID(required=True, allow_none=True)


class TaskRescheduledSchema(Schema):
    """The piece of work has another due date; the old one stays visible."""

    subject_id = fields.UUID(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    previous_due_on = fields.Date(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)


class ProblemReferredSchema(Schema):
    """A problem found elsewhere that becomes a finding: (`source`, `source_key`) names it for good.

    `amount` in 元, none when no money is involved; `project_id` none when it is about the unit.
    """

    source = fields.String(
        required=True, validate=validate.OneOf([source.value for source in FindingSource])
    )
    source_key = fields.String(required=True, validate=validate.Length(min=1, max=120))
    source_document = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    project_id = fields.UUID(required=True, allow_none=True)
    project_name = fields.String(required=True)
    title = fields.String(required=True, validate=validate.Length(min=1))
    description = fields.String(required=True)
    category = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in FindingCategory])
    )
    amount = fields.Decimal(places=2, as_string=True, required=True, allow_none=True)
    basis = fields.String(required=True)
    referred_by_name = fields.String(required=True)
