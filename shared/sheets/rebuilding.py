"""Build an .xlsx anew from the values of a file that cannot be edited in place, with its marks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineSheet
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.sheets.cells import OPTIONS, write_value
from shared.sheets.marks import (
    AUTHOR,
    HEADINGS,
    WIDTHS,
    Places,
    by_place,
    colour_of,
    comment_of,
    listed,
)
from shared.sheets.model import PROBLEM_SHEET, Limits, SheetProblem
from shared.sheets.reading_work import Range, check_size, clip, used_area, worksheets

_STREAMED_CELLS = 400_000  # more cells are written row by row: no merging across rows then
_NOTE = "本副本按原文件的内容重新生成：数值和文字都在，原有的公式、颜色等格式没有保留。"
_DAY, _INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


class _Styles:
    """The few cell formats of a rebuilt copy, made when first needed."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Format] = {}

    def get(self, shape: str, colour: str = "") -> Format:
        key = (shape, colour)
        if key not in self._made:
            options: dict[str, object] = {"num_format": shape} if shape else {}
            if colour:
                options["bg_color"] = f"#{colour[2:]}"
            self._made[key] = self._book.add_format(options)
        return self._made[key]


def rebuild(content: bytes, problems: list[SheetProblem], limits: Limits) -> bytes:
    """Return a new .xlsx with all sheets' values, merged areas, marks and the 问题清单."""
    sheets = [s for s in worksheets(content) if s.name != PROBLEM_SHEET]
    for sheet in sheets:
        check_size(sheet, limits)
    cells = sum(rows * columns for rows, columns in map(used_area, sheets))
    streamed = cells > _STREAMED_CELLS
    out = BytesIO()
    book = Workbook(out, {**OPTIONS, "constant_memory": streamed})
    styles = _Styles(book)
    for sheet in sheets:
        places = by_place(problems, sheet.name)
        _copy(sheet, book.add_worksheet(sheet.name), styles, places, streamed=streamed)
    _list(book, problems)
    book.close()
    return out.getvalue()


def _copy(
    source: CalamineSheet,
    target: Worksheet,
    styles: _Styles,
    places: Places,
    *,
    streamed: bool,
) -> None:
    if source.end is None:
        return
    merged = [] if streamed else clip(source.merged_cell_ranges or [], source)
    for (top, left), (bottom, right) in merged:
        if (top, left) != (bottom, right):
            target.merge_range(top, left, bottom, right, "")
    marks = _moved(places, merged)
    rows = source.to_python(skip_empty_area=False)
    width = max([used_area(source)[1], *(column + 1 for _, column in marks)])
    height = max([len(rows), *(row + 1 for row, _ in marks)])
    for r in range(height):
        values = rows[r] if r < len(rows) else []
        for c in range(width):
            value = values[c] if c < len(values) else ""
            found = marks.get((r, c))
            if value != "" or found:
                style = styles.get(_shape(value), colour_of(found) if found else "")
                write_value(target, r, c, _plain(value), style)
    for (r, c), found in marks.items():
        target.write_comment(r, c, comment_of(found), {"author": AUTHOR})


def _moved(places: Places, merged: list[Range]) -> Places:
    """Return the marks by 0-based place, those inside a merged area at its first cell."""
    first = {
        (row, column): (top, left)
        for (top, left), (bottom, right) in merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    marks: Places = {}
    for (row, column), found in places.items():
        at = (row - 1, column - 1)
        marks.setdefault(first.get(at, at), []).extend(found)
    return marks


def _plain(value: object) -> object:
    if isinstance(value, (time, timedelta)):
        return str(value)
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else value


def _shape(value: object) -> str:
    if isinstance(value, datetime):
        return _INSTANT
    return _DAY if isinstance(value, date) else ""


def _list(book: Workbook, problems: list[SheetProblem]) -> None:
    sheet = book.add_worksheet(PROBLEM_SHEET)
    bold = book.add_format({"bold": True})
    for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(listed(problems), 1):
        for column, value in enumerate(row):
            write_value(sheet, number, column, value, None)
    sheet.write_string(len(problems) + 2, 0, _NOTE)
