"""The forms of sharing: what is asked for, what is granted, and a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from services.oversight_svc.console.finding_forms import LONG, SHORT, day, text
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.domain.sharing_states import ShareAct
from services.oversight_svc.usecases.sharing_request import SubmitShareRequest
from shared.terms import label_of
from shared.terms.vocabulary import ShareEntry
from shared.web.console.views import Choice
from shared.web.schemas import ApiSchema

RECEIPT_LINE = re.compile(r"([a-z_]+)：\d+ 条，记录摘要链 (sha256:[0-9a-f]{64})")
"""A line of what the verifier prints."""
_CODES = re.compile(r"[\s,，、;；]+")


def _checks(label: str) -> fields.Field[Any]:
    return fields.List(
        fields.String(validate=validate.Length(max=60)),
        load_default=list,
        metadata={"label": label},
    )


def _years() -> fields.Field[Any]:
    year = fields.Integer(validate=validate.Range(min=2000, max=2099))
    return fields.List(year, load_default=list, metadata={"label": "预算年度"})


class ScopeForm(ApiSchema):
    """The fields of each entry, and the budget years; `entries` only carries messages."""

    target = _checks(label_of(ShareEntry.TARGET))
    monitoring = _checks(label_of(ShareEntry.MONITORING))
    evaluation = _checks(label_of(ShareEntry.EVALUATION))
    payment_summary = _checks(label_of(ShareEntry.PAYMENT_SUMMARY))
    rectification = _checks(label_of(ShareEntry.RECTIFICATION))
    audit_finding = _checks(label_of(ShareEntry.AUDIT_FINDING))
    audit_plan = _checks(label_of(ShareEntry.AUDIT_PLAN))
    years = _years()


class RequestForm(ScopeForm):
    """A request for shared data."""

    purpose = text("用途", SHORT)
    basis = text("依据文书", SHORT)
    wanted_until = day("有效期止")
    unit_codes = text("单位编码", LONG)
    project_codes = text("项目编码", LONG)
    other_content = text("目录外内容", LONG)


class GrantForm(ScopeForm):
    """What is given: preset to what was asked, to be narrowed."""

    expires_on = day("有效期止")
    terms = text("使用条件", LONG)


class AnswerForm(ApiSchema):
    """Any act that needs a reason at most."""

    act = fields.Enum(ShareAct, by_value=True, required=True, metadata={"label": "办理"})
    reason = text("理由", LONG)


class DeliveryForm(ApiSchema):
    """A delivery of everything, or of one project's evidence."""

    project_code = text("项目编码", SHORT)


class ReceiptForm(ApiSchema):
    """What the verifier printed."""

    report = text("校验结果", validate.Length(max=20_000))


def scope_of(data: Mapping[str, Any]) -> ShareScope:
    """Return the entries and years ticked in a form."""
    entries = {entry: tuple(data[entry.value]) for entry in ShareEntry if data[entry.value]}
    return ShareScope(entries=entries, years=tuple(data["years"]))


def scope_values(scope: ShareScope) -> dict[str, Any]:
    """Return a scope as a form shows it."""
    ticked = {entry.value: list(scope.entries.get(entry, ())) for entry in ShareEntry}
    return {**ticked, "years": list(scope.years)}


def command_of(data: Mapping[str, Any]) -> SubmitShareRequest:
    """Return the request a form asks for; codes may be parted by anything people use."""
    return SubmitShareRequest(
        scope=scope_of(data),
        purpose=data["purpose"],
        basis=data["basis"],
        wanted_until=data["wanted_until"],
        other_content=data["other_content"],
        unit_codes=_codes(data["unit_codes"]),
        project_codes=_codes(data["project_codes"]),
    )


def field_choices(entry: ShareEntry) -> list[Choice]:
    """Return the fields of an entry to tick."""
    return [Choice(each.name, each.title) for each in CATALOGUE[entry].fields]


def _codes(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in _CODES.split(typed) if code))
