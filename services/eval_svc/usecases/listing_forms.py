"""Checked forms as they are kept and listed: one line per finding, or per form without any."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from services.eval_svc.domain.form_check.places import place_words
from services.eval_svc.usecases.check_files import CheckedForm
from shared.sheets.cells import is_dangerous
from shared.sheets.writing import OutColumn, write_table
from shared.terms import labels

COLUMNS: Final = (
    OutColumn("文件", width=30),
    OutColumn("表", width=30),
    OutColumn("单位", width=24),
    OutColumn("年度", "text", 8),
    OutColumn("结论", width=10),
    OutColumn("程度", width=8),
    OutColumn("发现", width=22),
    OutColumn("位置", width=26),
    OutColumn("单元格", width=14),
    OutColumn("表上印的", width=14),
    OutColumn("应为", width=14),
    OutColumn("说明", width=60),
)
UNREADABLE: Final = "无法读取"
TITLE: Final = "形式审查结果"


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A checked form with its report as JSON: `findings`, `unchecked`, `problems` of reading."""

    file: str
    title: str
    unit_name: str
    fiscal_year: int | None
    verdict: str
    why: str
    report: Mapping[str, Any]


def listed(form: CheckedForm) -> ListedForm:
    """Return a form just checked as it is kept."""
    report: dict[str, Any] = {
        "findings": [],
        "unchecked": [],
        "problems": [{"cell": each.place, "message": each.message} for each in form.problems],
    }
    if form.report is not None:
        report["findings"] = [
            {**each.to_json(), "cell": form.places.get(each.path, "")}
            for each in form.report.findings
        ]
        report["unchecked"] = [
            {"place": place_words(each.path), "why": each.words.chinese}
            for each in form.report.unchecked
        ]
    return ListedForm(
        form.file, form.title, form.unit_name, form.fiscal_year, form.verdict, form.why, report
    )


def lines_of(form: ListedForm) -> Iterator[tuple[str, ...]]:
    """Give the lines of one form, as `COLUMNS` name them."""
    verdict = labels("verdict").get(form.verdict, UNREADABLE)
    head = (form.file, form.title, form.unit_name, str(form.fiscal_year or ""), verdict)
    if form.why:
        yield (*head, "", UNREADABLE, "", "", "", "", form.why)
        return
    for each in form.report["findings"]:
        yield (
            *head,
            labels("severity")[each["severity"]],
            labels("form_check_code")[each["code"]],
            place_words(each["path"]),
            each["cell"],
            each["printed"] or "",
            each["expected"] or "",
            each["explanation"],
        )
    for each in form.report["problems"]:
        yield (*head, "", "读取提示", "", each["cell"], "", "", each["message"])
    if not form.report["findings"] and not form.report["problems"]:
        yield (*head, "", "没有发现不一致", "", "", "", "", "")


def as_excel(forms: Iterable[ListedForm]) -> bytes:
    """Return the list as .xlsx."""
    rows = (line for form in forms for line in lines_of(form))
    return write_table(COLUMNS, rows, TITLE)


def as_csv(forms: Iterable[ListedForm]) -> bytes:
    """Return the list as CSV that Excel opens in Chinese; no text can become a formula."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([column.title for column in COLUMNS])
    for form in forms:
        for line in lines_of(form):
            writer.writerow([f"'{text}" if is_dangerous(text) else text for text in line])
    return out.getvalue().encode("utf-8-sig")
