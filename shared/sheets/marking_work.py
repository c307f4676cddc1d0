"""Mark a workbook inside the limited process."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from shared.sheets.errors import UnreadableSheetError
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
from shared.sheets.precheck import kind_of, open_zip
from shared.sheets.reading_work import check_size, worksheets
from shared.sheets.rebuilding import rebuild
from shared.sheets.results import keep_results

_EDITED_BYTES = 12 * 1024 * 1024  # sheets' XML up to this size fit openpyxl's memory and our time
_COMMENT_WIDTH, _COMMENT_HEIGHT = 260, 90
_LOST = "原文件中的图片、图形没有带入本副本；请对照本副本，在原文件上修改。"


def mark(content: bytes, request: dict[str, object], limits: Limits) -> bytes:
    """Return the marked copy of `content`; `request["problems"]` are `SheetProblem`s as dicts."""
    given = request["problems"]
    problems = [SheetProblem(**item) for item in given] if isinstance(given, list) else []
    if kind_of(content, limits) == "ole":
        return rebuild(content, problems, limits)
    archive = open_zip(content, limits)
    sheets = worksheets(content)
    for sheet in sheets:
        check_size(sheet, limits)
    if _sheet_bytes(archive) > _EDITED_BYTES:
        return rebuild(content, problems, limits)
    try:
        book = load_workbook(BytesIO(content), rich_text=True)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, BadZipFile) as error:
        raise UnreadableSheetError from error
    if PROBLEM_SHEET in book.sheetnames:
        del book[PROBLEM_SHEET]
    for edited in book.worksheets:
        _clean(edited)
        _mark_sheet(edited, by_place(problems, edited.title))
    _list_problems(book, problems, _LOST if _has_pictures(archive) else "")
    out = BytesIO()
    book.save(out)
    return keep_results(out.getvalue(), sheets, book.epoch)


def _sheet_bytes(archive: ZipFile) -> int:
    return sum(
        item.file_size
        for item in archive.infolist()
        if "/worksheets/" in item.filename or item.filename.endswith("sharedStrings.xml")
    )


def _has_pictures(archive: ZipFile) -> bool:
    return any(name.startswith(("xl/media/", "xl/drawings/drawing")) for name in archive.namelist())


def _clean(sheet: Worksheet) -> None:
    """Take off the marks of an earlier round, so that a corrected cell is no longer red."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _mark_sheet(sheet: Worksheet, places: Places) -> None:
    for (row, column), problems in places.items():
        cell = _top_left(sheet, row, column)
        cell.fill = PatternFill("solid", fgColor=colour_of(problems))
        text = comment_of(problems)
        own = cell.comment
        if own is not None:  # two problems of one merged area, or the unit's own comment
            text = f"{own.text}\n{text}"
        comment = Comment(text, AUTHOR if own is None else own.author)
        comment.width, comment.height = _COMMENT_WIDTH, _COMMENT_HEIGHT
        cell.comment = comment


def _top_left(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for area in sheet.merged_cells.ranges:
            if cell.coordinate in area:
                cell = sheet.cell(area.min_row, area.min_col)
                break
    return cell  # type: ignore[return-value]  # a merged area's first cell is an ordinary one


def _list_problems(book: Workbook, problems: list[SheetProblem], note: str) -> None:
    sheet = book.create_sheet(PROBLEM_SHEET)
    sheet.append(HEADINGS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(listed(problems), 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # a message quoting “=1+1” is no formula
    if note:
        sheet.cell(len(problems) + 3, 1, note)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
