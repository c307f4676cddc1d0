"""Self-evaluations as the API shows them."""

from __future__ import annotations

from typing import Any

from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.directory.tables import UnitRow


def form_json(form: SelfEvaluationRow, unit: UnitRow) -> dict[str, Any]:
    """Return a form's own fields with its unit's."""
    shown = {
        column.key: getattr(form, column.key) for column in SelfEvaluationRow.__mapper__.columns
    }
    return {**shown, "unit_code": unit.code, "unit_name": unit.name}


def detail_json(detail: FormDetail) -> dict[str, Any]:
    """Return a whole form with its tables."""
    return {
        **form_json(detail.form, detail.unit),
        "funds": detail.funds,
        "indicators": detail.indicators,
        "referred": detail.problems,
    }
