"""The sheet 得分说明 of an exported form: how each score was found, to be followed on paper.

Y25-5.4, YC23-5.1. It is for reading: nothing of it is read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from services.eval_svc.queries.detail import FormDetail
from shared.sheets.cells import write_value
from shared.sheets.writing import header_style
from shared.terms import labels

TITLE = "得分说明"
HEADS = ("项目", "分值", "得分", "规则", "数据", "计算步骤", "舍入", "依据", "把握程度")
_WIDTHS = (28, 8, 8, 22, 34, 46, 18, 46, 12)
_Row = tuple[str, Decimal | None, Decimal | str | None, dict[str, Any]]
_FULL = Decimal(100)


def add_score_sheet(book: Workbook, detail: FormDetail) -> None:
    """Add the sheet to a workbook that is being written; a form not scored yet has none."""
    if not detail.form.explained:
        return
    sheet = book.add_worksheet(TITLE)
    head = header_style(book)
    looks = {"border": 1, "text_wrap": True, "valign": "top"}
    plain, quoted = book.add_format(looks), book.add_format({**looks, "quote_prefix": True})
    for column, (title, width) in enumerate(zip(HEADS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, title, head)
    sheet.write_string(0, 0, f"{detail.form.name}：{TITLE}", book.add_format({"bold": True}))
    sheet.write_string(1, 0, _scheme(detail.form.explained.get("scheme") or {}))
    for at, (name, points, score, told) in enumerate(_rows(detail), start=3):
        for column, value in enumerate((name, points, score, *_told(told))):
            write_value(sheet, at, column, value, plain, quoted)
    sheet.freeze_panes(3, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _rows(detail: FormDetail) -> Iterator[_Row]:
    form = detail.form
    told = form.explained
    yield "预算执行", form.execution_points, form.execution_score, told.get("execution") or {}
    for row in detail.indicators:
        yield row.name, row.points, row.score, row.explained
    yield "总分", _FULL, form.total, told.get("total") or {}
    yield "等级", None, labels("grade").get(form.grade, ""), told.get("grade") or {}


def _told(told: dict[str, Any]) -> tuple[str, ...]:
    if not told:
        return ("",) * (len(HEADS) - 3)
    basis, rounding = told["basis"], told["rounding"]
    steps = "\n".join(f"{n}. {step['text']}" for n, step in enumerate(told["steps"], start=1))
    return (
        told["rule_label"],
        "\n".join(f"{each['label']}：{each['value']}" for each in told["inputs"]),
        steps or told["sentence"],
        f"四舍五入，保留{rounding['places']}位小数" if rounding else "",
        basis["clause"],
        labels("certainty")[basis["certainty"]],
    )


def _scheme(scheme: dict[str, str]) -> str:
    if not scheme:
        return ""
    return (
        f"评分方案：{scheme['title']}第{scheme['version']}版（{scheme['code']}），"
        f"政策包{scheme['pack_code']}第{scheme['pack_version']}版"
    )
