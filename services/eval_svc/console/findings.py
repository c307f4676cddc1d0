"""What the form check found, as pages show it: beside a form, on a review, for an uploaded file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.eval_svc.domain.form_check.places import place_words
from services.eval_svc.domain.form_check.report import (
    FormCheckCode,
    Severity,
    Verdict,
)
from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import IndicatorRow
from services.eval_svc.usecases.form_document import check_self_evaluation
from shared.terms import labels
from shared.web.console.forms import field_id
from shared.web.console.views import Badge, Tone

TONES: Mapping[str, Tone] = {
    Severity.ERROR: "red",
    Severity.WARNING: "orange",
    Severity.NOTICE: "blue",
    Verdict.CONSISTENT: "green",
    Verdict.INCONSISTENT: "red",
    Verdict.INCOMPLETE: "orange",
    "unreadable": "grey",
}
_WEIGHTS = tuple(each.value for each in Severity)
_ROW = re.compile(r"(funds|indicators)\[(\d+)\](?:\.(\w+))?")
_FUND_FIELDS = {"budget_initial": "initial", "budget_adjusted": "budget", "executed": "executed"}
_INDICATOR_FIELDS = {"actual": "actual", "score": "actual", "reason": "reason"}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One line: `href` leads to the field it is about, `cell` names it in the file."""

    badge: Badge
    label: str
    place: str
    href: str
    cell: str
    printed: str
    expected: str
    explanation: str
    source: str


def verdict_badge(verdict: str, *, is_short: bool = False) -> Badge:
    """Return a report's verdict, or that there is none; `is_short` for a narrow column."""
    if is_short and verdict == Verdict.INCOMPLETE:
        return Badge("表不完整", TONES[verdict])
    return Badge(labels("verdict").get(verdict, "无法读取"), TONES[verdict])


def shown_findings(
    findings: Iterable[Mapping[str, Any]], names: Sequence[str] = (), *, with_links: bool = False
) -> list[ShownFinding]:
    """Return findings in their JSON as lines, the heaviest first.

    `names` are those of the indicators; `with_links` leads to the fields of the unit's form.
    """
    return [
        ShownFinding(
            Badge(labels("severity")[each["severity"]], TONES[each["severity"]]),
            labels("form_check_code")[each["code"]],
            _place(each["path"], names),
            _href(each["path"]) if with_links else "",
            each.get("cell", ""),
            "（空白）" if each["printed"] == "" else each["printed"] or "—",
            each["expected"] or "—",
            each["explanation"],
            each["source"],
        )
        for each in sorted(findings, key=lambda each: _WEIGHTS.index(each["severity"]))
    ]


def form_findings(
    detail: FormDetail,
    rows: Sequence[IndicatorRow],
    *,
    is_filling: bool = False,
) -> list[ShownFinding]:
    """Return the findings on a self-evaluation; while it is filled in, blanks are none yet."""
    report = check_self_evaluation(detail.form, detail.funds, rows, detail.unit.name)
    left_out = {FormCheckCode.MISSING_VALUE} if is_filling else set()
    kept = [each.to_json() for each in report.findings if each.code not in left_out]
    return shown_findings(kept, [row.name for row in rows], with_links=is_filling)


def _place(path: str, names: Sequence[str]) -> str:
    found = _ROW.fullmatch(path)
    if found and found[1] == "indicators" and int(found[2]) < len(names):
        return f"{place_words(path)}：{names[int(found[2])]}"
    return place_words(path)


def _href(path: str) -> str:
    """Return the field of the unit's form a finding is about; the total row is never typed."""
    found = _ROW.fullmatch(path)
    if found is None:
        return ""
    table, at, column = found[1], int(found[2]), found[3] or ""
    if table == "indicators":
        name = _INDICATOR_FIELDS.get(column, "actual")
    else:
        name = _FUND_FIELDS.get(column, "executed")
        at = max(at - 1, 0)
    return f"#{field_id(f'{table}.{at}.{name}')}"
