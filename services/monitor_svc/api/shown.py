"""Rows of several tables as one thing of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.monitor_svc.store.projects import PaymentRow, ProjectCopyRow
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from shared.directory.tables import UnitRow


def report_json(
    report: ReportRow,
    project: ProjectCopyRow,
    unit: UnitRow,
    indicators: Sequence[ReportIndicatorRow] = (),
) -> Mapping[str, Any]:
    """Return a report with the names of what it hangs on."""
    return {
        **{column.key: getattr(report, column.key) for column in ReportRow.__table__.columns},
        "project_code": project.code,
        "project_name": project.name,
        "unit_code": unit.code,
        "unit_name": unit.name,
        "indicators": indicators,
    }


def payment_json(payment: PaymentRow, project: ProjectCopyRow) -> Mapping[str, Any]:
    """Return a payment with its project's code."""
    return {
        "voucher_number": payment.voucher_number,
        "project_id": payment.project_id,
        "project_code": project.code,
        "amount": payment.amount,
        "paid_on": payment.paid_on,
        "payee": payment.payee,
    }
