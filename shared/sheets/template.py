"""The empty form of an import: filled in Excel or WPS, it reads back without a word changed."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from shared.sheets.cells import OPTIONS
from shared.sheets.layout import Column, Layout
from shared.sheets.model import column_letter
from shared.sheets.values import primary_labels
from shared.sheets.writing import FORMATS, header_style, sheet_name

GUIDE_SHEET: Final = "填写说明"
_CHOICE_SHEET: Final = "选项"
_ROWS: Final = 1_000
_KIND_HELP: Final = {
    "text": "文字",
    "money": "金额，只填数字",
    "integer": "整数",
    "percent": "百分数，填写 98 或 98%",
    "date": "日期，如 2023-03-01",
    "choice": "从下拉列表选择",
    "code": "代码，按文本填写",
}
_FORMATS: Final = {"money": FORMATS["yuan"], "integer": "0", "date": FORMATS["date"]}


def template(layout: Layout) -> bytes:
    """Return an .xlsx form of `layout`: header, lists to choose from, formats, 填写说明.

    Required columns carry a star. Amounts show their unit in the header; texts and codes are
    formatted as text, so that a code never becomes a number.
    """
    out = BytesIO()
    book = Workbook(out, dict(OPTIONS))
    sheet = book.add_worksheet(sheet_name(layout.title))
    style = header_style(book)
    for index, column in enumerate(layout.columns):
        shape = book.add_format({"num_format": _FORMATS.get(column.kind, "@")})
        sheet.set_column(index, index, 18, shape)
        sheet.write_string(0, index, _heading(column), style)
    sheet.freeze_panes(1, 0)
    _write_guide(book, layout)
    _offer_choices(book, sheet, layout)
    book.close()
    return out.getvalue()


def _heading(column: Column) -> str:
    star = "*" if column.required else ""
    unit = f"（{column.unit}）" if column.kind == "money" else ""
    return f"{star}{column.title.replace('/', '')}{unit}"


def _write_guide(book: Workbook, layout: Layout) -> None:
    sheet = book.add_worksheet(GUIDE_SHEET)
    sheet.set_column(0, 2, 24)
    sheet.set_column(3, 3, 80)
    sheet.write_row(0, 0, ("列", "是否必填", "填什么", "说明"), header_style(book))
    for number, column in enumerate(layout.columns, 1):
        kind = _KIND_HELP[column.kind]
        if column.kind == "money":
            kind += f"，单位：{column.unit}"
        required = "必填" if column.required else "选填"
        sheet.write_row(number, 0, (_heading(column), required, kind, column.help))


def _offer_choices(book: Workbook, sheet: Worksheet, layout: Layout) -> None:
    """Put the labels on a hidden sheet: a list inside a validation is limited to 255 letters."""
    choosing = [(at, c) for at, c in enumerate(layout.columns) if c.kind == "choice"]
    if not choosing:
        return
    hidden = book.add_worksheet(_CHOICE_SHEET)
    hidden.hide()
    for place, (index, column) in enumerate(choosing):
        labels = primary_labels(column)
        hidden.write_column(0, place, labels)
        letter = column_letter(place + 1)
        sheet.data_validation(
            1,
            index,
            _ROWS,
            index,
            {
                "validate": "list",
                "source": f"={_CHOICE_SHEET}!${letter}$1:${letter}${len(labels)}",
                "error_title": "请从列表选择",
                "error_message": "填写的内容不在可选范围内。",
            },
        )
