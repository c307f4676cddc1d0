"""The forms of this service's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from services.monitor_svc.domain.submission import CAUSES, LIKELIHOODS
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from services.monitor_svc.usecases.fill_report import FilledValue, FillReport
from services.monitor_svc.usecases.loading import ReportKey
from shared.terms.vocabulary import FindingCategory, PayAdvice
from shared.web.console.forms import typed_wan
from shared.web.schemas import SHORT, ApiSchema, typed_text

LONG = validate.Length(max=2000)


class ValueSchema(ApiSchema):
    """One indicator's line; `position` keeps its place when nothing else is typed."""

    position = fields.Integer(required=True, validate=validate.Range(0, 999))
    actual = typed_text("截至期完成值", SHORT)
    expected_year = typed_text("全年预计完成", SHORT)


class ReportFormSchema(ApiSchema):
    """The monitoring form; what must be there is asked only when it is submitted."""

    indicators = fields.List(
        fields.Nested(ValueSchema), load_default=list, metadata={"label": "绩效指标"}
    )
    progress = typed_text("年度总体目标完成情况", LONG)
    expected_year = typed_wan("全年预计执行数")
    likelihood = fields.String(
        load_default="",
        validate=validate.OneOf(sorted(LIKELIHOODS), error="请选择其中一项。"),
        metadata={"label": "完成目标可能性"},
    )
    causes = fields.List(
        fields.String(validate=validate.OneOf(sorted(CAUSES), error="请从所列原因中选择。")),
        load_default=list,
        metadata={"label": "偏差原因"},
    )
    cause_note = typed_text("原因说明", LONG)
    correction = typed_text("纠偏措施", LONG)
    correction_owner = typed_text("责任人", SHORT)
    correction_due_on = fields.Date(load_default=None, metadata={"label": "完成期限"})
    commitment = fields.Boolean(load_default=False, metadata={"label": "真实性承诺"})
    signer_name = typed_text("单位负责人", SHORT)
    scan = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"label": "签字扫描件"},
    )
    version = fields.Integer(load_default=0, metadata={"label": "版本"})


class ReviewFormSchema(ApiSchema):
    """A reviewer's opinion and advice to the treasury."""

    opinion = typed_text("审核意见", LONG)
    pay_advice = fields.Enum(
        PayAdvice, by_value=True, load_default=PayAdvice.NORMAL, metadata={"label": "拨款建议"}
    )


class ProblemFormSchema(ApiSchema):
    """A problem handed to oversight."""

    title = typed_text("问题标题", SHORT)
    description = typed_text("问题描述", LONG)
    category = fields.Enum(
        FindingCategory, by_value=True, required=True, metadata={"label": "问题类别"}
    )
    basis = typed_text("依据", LONG)
    amount = typed_wan("涉及金额")


def fill_command(key: ReportKey, data: Mapping[str, Any]) -> FillReport:
    """Return the command of a filled form."""
    return FillReport(
        key=key,
        values=tuple(
            FilledValue(row["position"], row["actual"], row["expected_year"])
            for row in data["indicators"]
        ),
        **{
            name: data[name]
            for name in (
                "progress",
                "expected_year",
                "likelihood",
                "cause_note",
                "correction",
                "correction_owner",
                "correction_due_on",
            )
        },
        causes=tuple(data["causes"]),
    )


def filled_values(report: ReportRow, rows: Sequence[ReportIndicatorRow]) -> dict[str, Any]:
    """Return what the form shows of a report as it is kept."""
    return {
        "indicators": [
            {
                "position": row.position,
                "actual": row.actual,
                "expected_year": row.expected_year,
            }
            for row in rows
        ],
        "progress": report.progress,
        "expected_year": report.expected_year,
        "likelihood": report.likelihood,
        "causes": list(report.causes),
        "cause_note": report.cause_note,
        "correction": report.correction,
        "correction_owner": report.correction_owner,
        "correction_due_on": report.correction_due_on,
        "version": report.version,
    }
