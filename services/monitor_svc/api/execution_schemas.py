"""What goes in and out of the API of budget execution. Amounts in 元 as strings."""

from __future__ import annotations

from marshmallow import fields

from shared.web.api import ListQuery
from shared.web.schemas import SHORT, ApiSchema, Money
from shared.web.years import YearQuery


class ImportQuery(YearQuery):
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


class ImportOutcomeSchema(ApiSchema):
    """What the import did, or would do."""

    saved = fields.Boolean()
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    problems = fields.List(fields.Nested(SheetProblemSchema))
    remarks = fields.List(fields.String(), metadata={"description": "与已有记录的差异"})


class ExecutionQuery(ListQuery, YearQuery):
    """Which projects or payments, and until which day."""

    until = fields.Date(
        load_default=None, allow_none=True, metadata={"label": "截至", "description": "默认今天"}
    )
    text = fields.String(load_default="", validate=SHORT, metadata={"label": "关键词"})
    office = fields.String(load_default="", validate=SHORT, metadata={"label": "归口股室"})


class BatchQuery(ListQuery, YearQuery):
    """Which imported files."""


class PaymentQuery(ExecutionQuery):
    """Which payments."""

    project_code = fields.String(load_default="", validate=SHORT, metadata={"label": "项目编码"})


class ProjectExecutionSchema(ApiSchema):
    """A project and what was paid for it."""

    project_id = fields.UUID(attribute="project.project_id")
    project_code = fields.String(attribute="project.code")
    project_name = fields.String(attribute="project.name")
    unit_id = fields.UUID(attribute="unit.unit_id")
    unit_name = fields.String(attribute="unit.name")
    budget_book = fields.String(attribute="project.budget_book")
    initial_amount = Money(attribute="project.initial_amount")
    adjusted_amount = Money(attribute="project.adjusted_amount")
    executed = Money()


class PaymentSchema(ApiSchema):
    """One treasury payment."""

    voucher_number = fields.String()
    project_id = fields.UUID()
    project_code = fields.String()
    amount = Money()
    paid_on = fields.Date()
    payee = fields.String()


class BatchSchema(ApiSchema):
    """One treasury file taken in."""

    batch_id = fields.UUID()
    filename = fields.String()
    digest = fields.String()
    imported_at = fields.AwareDateTime()
    imported_by = fields.String()
    first_paid_on = fields.Date()
    last_paid_on = fields.Date()
    added = fields.Integer()
    corrected = fields.Integer()
    unchanged = fields.Integer()
    total = Money()
