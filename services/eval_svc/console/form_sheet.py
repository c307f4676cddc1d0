"""A self-evaluation as a sheet for WPS: prefilled, official rows, one page (Y25-5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from services.eval_svc.console.score_sheet import add_score_sheet
from services.eval_svc.domain.funds import total_fund
from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import IndicatorRow
from services.eval_svc.usecases.scoring_form import fund_of
from shared.money import number_text, wan_from_yuan
from shared.sheets.cells import OPTIONS, write_value
from shared.sheets.layout import Column, Layout
from shared.sheets.writing import header_style, sheet_name
from shared.terms import label, labels

TITLE = "绩效自评表"
FORM_NUMBER = "表号："
TOTAL_FUND = "年度资金总额"
TEXTS = {
    "result": "实际完成情况",
    "overview": "部门基本情况",
    "executed_note": "执行数说明",
    "conclusion": "评价结论",
    "problems": "存在问题",
    "measures": "改进措施",
    "project_owner": "项目负责人",
    "finance_person": "财务负责人",
}
"""Field of the form → how its row in the sheet begins."""


def _labels(kind: str) -> dict[str, object]:
    return {text: value for value, text in labels(kind).items()}


FUND_LAYOUT = Layout(
    TITLE,
    (
        Column("source", ("资金来源", "资金名称", "资金构成"), required=True),
        Column("initial", ("年初预算数",), "money", unit="万元"),
        Column("budget", ("全年预算数", "调整后预算数"), "money", required=True, unit="万元"),
        Column("executed", ("全年执行数", "执行数"), "money", required=True, unit="万元"),
    ),
    sheet_titles=(TITLE,),
)
INDICATOR_LAYOUT = Layout(
    TITLE,
    (
        Column("level1", ("一级指标",), "choice", choices=_labels("indicator_level1")),
        Column("level2", ("二级指标",), "choice", choices=_labels("indicator_level2")),
        Column("name", ("三级指标", "指标名称"), required=True),
        Column("operator", ("比较方式",), "choice", choices=_labels("operator")),
        Column("target_value", ("年度指标值", "指标值")),
        Column("unit", ("单位", "计量单位")),
        Column("points", ("分值", "权重"), required=True),
        Column("actual", ("实际完成值", "完成值"), required=True),
        Column("band", ("定性档次",), "choice", choices=_labels("qualitative_step")),
        Column("chosen", ("定性得分",)),
        Column("reason", ("偏差原因分析及改进措施", "偏差原因", "偏差原因和改进措施")),
    ),
    sheet_titles=(TITLE,),
)
_WIDTHS = (20, 20, 26, 14, 14, 10, 10, 14, 22, 10, 36)


def filled_sheet(detail: FormDetail) -> bytes:
    """Return the form as .xlsx with everything known in it; it reads back without a loss."""
    out = BytesIO()
    book = Workbook(out, OPTIONS)
    sheet = book.add_worksheet(sheet_name(TITLE))
    for index, width in enumerate(_WIDTHS):
        sheet.set_column(index, index, width)
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    quoted = book.add_format(
        {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True}
    )
    number = book.add_format({"border": 1, "num_format": "#,##0.00####", "valign": "top"})
    head = header_style(book)

    def line(at: int, values: Iterable[object], style: Any = plain) -> int:  # noqa: ANN401
        for column, value in enumerate(values):
            write_value(sheet, at, column, value, style, quoted)
        return at + 1

    def heading(at: int, titles: Iterable[str]) -> int:
        for column, title in enumerate(titles):
            sheet.write_string(at, column, title, head)
        return at + 1

    form = detail.form
    title = f"{form.fiscal_year}年度{label('self_evaluation_kind', form.kind)}{TITLE}"
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, f"自评对象：{form.name}　填报单位：{detail.unit.name}")
    sheet.write_string(2, 0, f"{FORM_NUMBER}{form.self_evaluation_id}")
    sheet.write_string(3, 0, "金额单位：万元")
    at = heading(5, [column.title for column in FUND_LAYOUT.columns])
    at = _funds(detail, at, line, number)
    at += 1
    for name, words in _text_rows(detail):
        sheet.write_string(at, 0, words, head)
        sheet.merge_range(at, 1, at, len(_WIDTHS) - 1, getattr(form, name), quoted)
        sheet.set_row(at, 36)
        at += 1
    at = heading(at + 1, [column.title for column in INDICATOR_LAYOUT.columns])
    for row in detail.indicators:
        at = line(at, [_cell(column, row) for column in INDICATOR_LAYOUT.columns])
    sheet.write_string(at, 0, "合计", head)
    sheet.freeze_panes(0, 1)
    add_score_sheet(book, detail)
    book.close()
    return out.getvalue()


def _funds(
    detail: FormDetail,
    at: int,
    line: Callable[..., int],
    number: Any,  # noqa: ANN401
) -> int:
    total = total_fund(fund_of(row) for row in detail.funds)
    rows = [(TOTAL_FUND, total)]
    rows += [(label("fund_source", row.source), fund_of(row)) for row in detail.funds]
    for words, row in rows:
        amounts = (row.initial, row.budget, row.executed)
        at = line(at, [words, *(wan_from_yuan(amount, 6) for amount in amounts)], number)
    return at


def _text_rows(detail: FormDetail) -> list[tuple[str, str]]:
    left_out = "overview" if detail.form.kind == "project" else "project_owner"
    return [(name, words) for name, words in TEXTS.items() if name != left_out]


def _cell(column: Column, row: IndicatorRow) -> object:
    value = getattr(row, column.field)
    if column.kind == "choice":
        return next((text for text, each in column.choices.items() if each == value), "")
    if column.field == "points":
        return number_text(row.points)
    return "" if value is None else str(value)
