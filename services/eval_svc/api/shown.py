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
    """Return a whole form with its tables and how its scores were found."""
    explained = detail.form.explained
    return {
        **form_json(detail.form, detail.unit),
        "scheme": explained.get("scheme"),
        "level_points": explained.get("points", []),
        **{f"{name}_explained": explained.get(name) for name in ("execution", "total", "grade")},
        "funds": detail.funds,
        "indicators": detail.indicators,
        "referred": detail.problems,
    }
