"""Decode a workbook inside the reading process: calamine in, columns of texts out."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import cast

from python_calamine import CalamineError, CalamineSheet, PasswordError, SheetTypeEnum
from python_calamine import load_workbook as load_calamine

from shared.sheets.details import Special, percent_styles, sheet_parts, special_cells
from shared.sheets.errors import (
    EmptyFileError,
    EncryptedSheetError,
    SheetTooBigError,
    UnreadableSheetError,
)
from shared.sheets.model import BOOLEAN, DATE, NUMBER, PERCENT, PROBLEM_SHEET, TEXT, Limits
from shared.sheets.precheck import kind_of, open_zip

SEPARATOR = "\x1f"
_SPREAD_LIMIT = 2_000_000
_KINDS: dict[type, str] = {
    str: TEXT,
    float: NUMBER,
    int: NUMBER,
    bool: BOOLEAN,
    date: DATE,
    datetime: DATE,
    time: TEXT,
    timedelta: TEXT,
}
Value = str | float | bool | date | time | timedelta
Range = tuple[tuple[int, int], tuple[int, int]]


def number_text(value: float) -> str:
    """Return the shortest exact text of a number, without exponent: 12.0 → 12, 1e16 → 1 and 0s."""
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def _date_text(value: date) -> str:
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    return value.isoformat()


_TEXTS: dict[type, Callable[..., str]] = {
    str: str,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: _date_text,
    datetime: _date_text,
    time: lambda value: value.isoformat(timespec="minutes"),
    timedelta: str,
}


def encode_workbook(content: bytes, limits: Limits) -> list[bytes]:
    """Return a JSON head and then the texts and kinds of every column of every worksheet.

    Raises a subclass of `UnreadableSheetError` saying what is wrong with the file.
    """
    archive = open_zip(content, limits) if kind_of(content, limits) == "zip" else None
    heads: list[dict[str, object]] = []
    blobs: list[bytes] = []
    with ThreadPoolExecutor(1) as second:  # calamine works outside the interpreter lock
        searching = second.submit(_special, archive)
        sheets = worksheets(content)
        specials = searching.result()
    for sheet in sheets:
        special = specials.get(sheet.name, {})
        if sheet.end is None or sheet.name == PROBLEM_SHEET:
            continue
        check_size(sheet, limits)
        columns = [list(column) for column in _columns(sheet)]
        merged = clip(sheet.merged_cell_ranges or [], sheet)
        head: dict[str, object] = {"name": sheet.name, "rows": len(columns[0]), "merged": merged}
        head["columns"] = lengths = []
        for texts, kinds in _encoded(columns, merged, special):
            blob, letters = SEPARATOR.join(texts), kinds
            if blob.count(SEPARATOR) != len(texts) - 1:
                blob = SEPARATOR.join(text.replace(SEPARATOR, " ") for text in texts)
            data = blob.encode("utf-8", errors="replace")
            lengths.append([len(data), letters])
            blobs.append(data)
        heads.append(head)
    if not heads:
        raise EmptyFileError
    answer = {"sheets": heads, "knows_formats": archive is not None}
    return [json.dumps(answer).encode(), *blobs]


def worksheets(content: bytes) -> list[CalamineSheet]:
    """Open every worksheet (no charts, no macro sheets).

    Raises `EncryptedSheetError` or `UnreadableSheetError`.
    """
    try:
        book = load_calamine(BytesIO(content))
        return [
            book.get_sheet_by_name(sheet.name)
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
    except PasswordError as error:
        raise EncryptedSheetError from error
    except (CalamineError, OSError, ValueError, IndexError, OverflowError) as error:
        raise UnreadableSheetError from error


def used_area(sheet: CalamineSheet) -> tuple[int, int]:
    """Return rows and columns from A1 to the last value (`total_height` is short by one)."""
    return (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)


def check_size(sheet: CalamineSheet, limits: Limits) -> None:
    """Raise `SheetTooBigError` when the used area exceeds the limits."""
    rows, columns = used_area(sheet)
    if rows > limits.rows or columns > limits.columns:
        raise SheetTooBigError(rows=limits.rows, columns=limits.columns)


def clip(ranges: Sequence[Range], sheet: CalamineSheet) -> list[Range]:
    """Cut merged ranges to the used area; raise `SheetTooBigError` when they cover far too much."""
    rows, columns = used_area(sheet)
    kept = [
        ((top, left), (min(bottom, rows - 1), min(right, columns - 1)))
        for (top, left), (bottom, right) in ranges
        if top < rows and left < columns
    ]
    cells = sum((b - t + 1) * (r - le + 1) for (t, le), (b, r) in kept)
    if cells > _SPREAD_LIMIT:
        raise SheetTooBigError(rows=rows, columns=columns)
    return kept


def _special(archive: zipfile.ZipFile | None) -> dict[str, Special]:
    if archive is None:
        return {}
    percents = percent_styles(archive)
    try:
        return {
            name: special_cells(archive.read(part), percents)
            for name, part in sheet_parts(archive).items()
            if part in archive.NameToInfo
        }
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnreadableSheetError from error


def _columns(sheet: CalamineSheet) -> list[tuple[Value, ...]]:
    return list(zip(*sheet.to_python(skip_empty_area=False), strict=True))


def _encoded(
    columns: list[list[Value]], merged: list[Range], special: Special
) -> list[tuple[list[str], str]]:
    out: list[tuple[list[str], str]] = []
    for values in columns:
        types = set(map(type, values))
        if types == {str}:
            out.append((values, TEXT))  # type: ignore[arg-type]
            continue
        kinds = "".join(map(_KINDS.__getitem__, map(type, values)))
        head = len(kinds.rstrip(NUMBER))
        texts = [_TEXTS[type(value)](value) for value in values[:head]]
        numbers = cast("list[float]", values[head:])
        out.append((texts + _number_texts(numbers), kinds))
    _put_special(out, special)
    _spread(out, merged)
    return out


def _number_texts(values: Sequence[float]) -> list[str]:
    """Return `number_text` of each, many at once: most columns are a heading and then numbers."""
    joined = "".join([f"{value!r}{SEPARATOR}" for value in values])
    if "e" in joined:
        return [number_text(value) for value in values]
    return joined.replace(f".0{SEPARATOR}", SEPARATOR).split(SEPARATOR)[:-1]


def _put_special(columns: list[tuple[list[str], str]], special: Special) -> None:
    changed: dict[int, list[str]] = {}
    for (row, column), kind in special.items():
        if column >= len(columns) or row >= len(columns[column][0]):
            continue
        texts, kinds = columns[column]
        letters = changed.setdefault(column, list(_full(kinds, len(texts))))
        if kind == PERCENT:
            if letters[row] != NUMBER:
                continue
            texts[row] = f"{(Decimal(texts[row]) * 100).normalize():f}%"
        letters[row] = kind
    for column, letters in changed.items():
        columns[column] = (columns[column][0], "".join(letters))


def _spread(columns: list[tuple[list[str], str]], merged: list[Range]) -> None:
    for (top, left), (bottom, right) in merged:
        text = columns[left][0][top]
        kind = _full(columns[left][1], len(columns[left][0]))[top]
        for column in range(left, right + 1):
            texts, kinds = columns[column]
            texts[top : bottom + 1] = [text] * (bottom - top + 1)
            full = _full(kinds, len(texts))
            columns[column] = (
                texts,
                full[:top] + kind * (bottom - top + 1) + full[bottom + 1 :],
            )


def _full(kinds: str, rows: int) -> str:
    """Return one letter for each row; a single letter stands for all."""
    return kinds * rows if len(kinds) == 1 else kinds
