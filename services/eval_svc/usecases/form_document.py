"""A self-evaluation of this service as the document the form check takes: what its print shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.eval_svc.domain.form_check.report import CheckBasis, CheckReport, FormCheckCode
from services.eval_svc.domain.funds import Fund, total_fund
from services.eval_svc.store.self_evaluations import FundRow, IndicatorRow, SelfEvaluationRow
from services.eval_svc.usecases.check_form import check_document, check_rules
from services.eval_svc.usecases.scoring_form import fund_of
from shared.money import YUAN_PER_WAN, number_text
from shared.terms import label, labels
from shared.terms.vocabulary import SelfEvaluationKind

_FORMS = {
    SelfEvaluationKind.PROJECT.value: "project_self_evaluation",
    SelfEvaluationKind.DEPT_OVERALL.value: "department_self_evaluation",
}
FULL_MARKS = "100"
_COMPUTED = {FormCheckCode.INDICATOR_SCORE_MISMATCH, FormCheckCode.EXECUTION_SCORE_MISMATCH}


def check_self_evaluation(
    form: SelfEvaluationRow,
    funds: Sequence[FundRow],
    rows: Sequence[IndicatorRow],
    unit_name: str,
) -> CheckReport:
    """Return what the form check finds on a self-evaluation as it stands; nothing is kept.

    Its scores are computed by the pack's scheme and never typed, so that what a customary rule
    would give instead is no doubt about the unit.
    """
    report = check_document(form_document(form, funds, rows, unit_name))
    kept = (
        each
        for each in report.findings
        if each.code not in _COMPUTED or each.basis is not CheckBasis.CUSTOMARY_RULE
    )
    return replace(report, findings=tuple(kept))


def form_document(
    form: SelfEvaluationRow,
    funds: Sequence[FundRow],
    rows: Sequence[IndicatorRow],
    unit_name: str,
) -> dict[str, Any]:
    """Return the document: amounts in 万元, texts as on the printed form, empty what is empty."""
    scheme = (form.explained or {}).get("scheme", {}).get("code")
    return {
        "form": _FORMS[form.kind],
        "partial": False,
        "unit_name": unit_name,
        "project_name": form.name,
        "fiscal_year": form.fiscal_year,
        "amount_unit": "万元",
        "scheme": scheme if scheme in check_rules().schemes else None,
        "execution_rule": "unknown",
        "indicator_rule": "unknown",
        "funds": _funds(form, funds),
        "sections": [],
        "indicators": [_indicator(row) for row in rows],
        "total_weight": FULL_MARKS,
        "total_score": None if form.total is None else number_text(form.total),
        "grade": label("grade", form.grade) if form.grade else None,
    }


def _funds(form: SelfEvaluationRow, funds: Sequence[FundRow]) -> list[dict[str, str | None]]:
    kept = [fund_of(row) for row in funds]
    total = {
        **_amounts("total", total_fund(kept)),
        "weight": number_text(form.execution_points),
        "rate": None if form.execution_rate is None else f"{form.execution_rate:.2f}%",
        "score": number_text(form.execution_score),
    }
    return [total, *(_amounts(label("fund_source", fund.source), fund) for fund in kept)]


def _amounts(name: str, fund: Fund) -> dict[str, str | None]:
    return {
        "row": name,
        "budget_initial": _wan(fund.initial),
        "budget_adjusted": _wan(fund.budget),
        "executed": _wan(fund.executed),
    }


def _wan(amount: Decimal) -> str:
    """Return 元 in 万元 to the last 分: rounded to two places the parts would miss their sum."""
    return number_text(amount / YUAN_PER_WAN)


def _indicator(row: IndicatorRow) -> dict[str, str | None]:
    is_words = row.operator == "qualitative"
    operator = "" if is_words else labels("operator").get(row.operator, "")
    unit = "" if is_words else row.unit
    return {
        "level1": labels("indicator_level1").get(row.level1, row.level1),
        "level2": labels("indicator_level2").get(row.level2, row.level2),
        "level3": row.name,
        "target": f"{operator}{row.target_value}{unit}" if row.target_value else "",
        "actual": f"{row.actual.removesuffix(unit)}{unit}" if row.actual else "",
        "weight": number_text(row.points),
        "score": None if row.score is None else number_text(row.score),
        "reason": row.reason,
    }
