"""Decode a workbook as it looks on paper, inside the reading process.

Slower than `reading_work` and meant for forms: every visible cell goes through its number format.
The fast reader knows no formats, so .xlsx goes through openpyxl and .xls through xlrd here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast
from zipfile import BadZipFile, ZipFile

import xlrd as untyped_xlrd
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.sheets.details import Special, sheet_parts, special_cells
from shared.sheets.errors import (
    EmptyFileError,
    EncryptedSheetError,
    SheetTooBigError,
    UnreadableSheetError,
)
from shared.sheets.model import FAULT, PROBLEM_SHEET, TEXT, Limits
from shared.sheets.precheck import kind_of, open_zip
from shared.sheets.printed import Value, printed
from shared.sheets.reading_work import SheetHead, encode_head, encode_piece

xlrd: Any = untyped_xlrd
_MOST_BYTES = 24 * 1024 * 1024  # of sheet XML: what openpyxl takes within the limits
Places = dict[tuple[int, int], str]


@dataclass(slots=True)
class _Page:
    """One visible sheet: texts and kinds by 0-based place, merged areas with inclusive bounds."""

    name: str
    texts: Places = field(default_factory=dict)
    kinds: Places = field(default_factory=dict)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def encode_printed(content: bytes, limits: Limits) -> Iterator[bytes]:
    """Yield what `encode_workbook` yields, each text as printed; hidden sheets are left out.

    Raises a subclass of `UnreadableSheetError` saying what is wrong with the file.
    """
    if kind_of(content, limits) == "zip":
        pages = list(_from_zip(content, open_zip(content, limits), limits))
    else:
        pages = list(_from_ole(content, limits))
    encoded = [
        _encoded(page) for page in pages if any(page.texts.values()) and page.name != PROBLEM_SHEET
    ]
    if not encoded:
        raise EmptyFileError
    yield encode_head([head for head, _ in encoded], knows_formats=True)
    for _, piece in encoded:
        yield piece


def _from_zip(content: bytes, archive: ZipFile, limits: Limits) -> Iterable[_Page]:
    sizes = (item.file_size for item in archive.infolist() if item.filename.startswith("xl/"))
    if sum(sizes) > _MOST_BYTES:
        raise SheetTooBigError(rows=limits.rows, columns=limits.columns)
    try:
        book = load_workbook(BytesIO(content), data_only=True, keep_links=False)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, BadZipFile) as error:
        raise UnreadableSheetError from error
    parts = sheet_parts(archive)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            part = parts.get(sheet.title, "")
            special = special_cells(archive.read(part), frozenset()) if part else {}
            yield _zip_page(sheet, special, limits)


def _zip_page(sheet: Worksheet, special: Special, limits: Limits) -> _Page:
    page = _Page(sheet.title)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                place = (cell.row - 1, cell.column - 1)
                _check(place, limits)
                value = cast("Value", cell.value)
                page.texts[place] = printed(value, cell.number_format or "")
    for place, kind in special.items():
        page.texts.setdefault(place, "")
        page.kinds[place] = kind
    for area in sheet.merged_cells.ranges:
        first, last = (area.min_row - 1, area.min_col - 1), (area.max_row - 1, area.max_col - 1)
        page.merged.append((first, last))
    return page


def _from_ole(content: bytes, limits: Limits) -> Iterable[_Page]:
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=BytesIO())
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower():
            raise EncryptedSheetError from error
        raise UnreadableSheetError from error
    for sheet in book.sheets():
        if sheet.visibility == 0:
            yield _ole_page(book, sheet, limits)


def _ole_page(book: Any, sheet: Any, limits: Limits) -> _Page:  # noqa: ANN401 (untyped library)
    page = _Page(sheet.name)
    for row in range(sheet.nrows):
        for column in range(sheet.row_len(row)):
            cell = sheet.cell(row, column)
            if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                continue
            _check((row, column), limits)
            page.texts[row, column] = _ole_text(book, cell)
            if cell.ctype == xlrd.XL_CELL_ERROR:
                page.kinds[row, column] = FAULT
    for top, below, left, right in sheet.merged_cells:
        page.merged.append(((top, left), (below - 1, right - 1)))
    return page


def _ole_text(book: Any, cell: Any) -> str:  # noqa: ANN401 (untyped library)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    form = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    code = form.format_str if form else ""
    value: Value = cell.value
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        value = bool(cell.value)
    elif cell.ctype == xlrd.XL_CELL_DATE:
        try:
            value = xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (ValueError, OverflowError):
            code = ""
    return printed(value, code)


def _check(place: tuple[int, int], limits: Limits) -> None:
    if place[0] >= limits.rows or place[1] >= limits.columns:
        raise SheetTooBigError(rows=limits.rows, columns=limits.columns)


def _encoded(page: _Page) -> tuple[SheetHead, bytes]:
    used = [place for place, text in page.texts.items() if text or place in page.kinds]
    rows = max(row for row, _ in used) + 1
    columns = max(column for _, column in used) + 1
    merged = [
        ((top, left), (min(bottom, rows - 1), min(right, columns - 1)))
        for (top, left), (bottom, right) in page.merged
        if top < rows and left < columns
    ]
    for first, last in merged:
        for row in range(first[0], last[0] + 1):
            for column in range(first[1], last[1] + 1):
                page.texts[row, column] = page.texts.get(first, "")
                page.kinds[row, column] = page.kinds.get(first, TEXT)
    encoded = [
        (
            [page.texts.get((row, column), "") for row in range(rows)],
            "".join(page.kinds.get((row, column), TEXT) for row in range(rows)),
        )
        for column in range(columns)
    ]
    return SheetHead(page.name, rows, columns, merged), encode_piece(encoded, rows)
