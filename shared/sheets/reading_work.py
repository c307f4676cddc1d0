"""Decode a workbook inside the reading process: calamine in, columns of texts out."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product
from typing import NamedTuple, cast

from python_calamine import CalamineError, CalamineSheet, PasswordError, SheetTypeEnum
from python_calamine import load_workbook as load_calamine

from shared.sheets.details import Special, percent_styles, sheet_parts, special_cells
from shared.sheets.errors import (
    EmptyFileError,
    EncryptedSheetError,
    SheetTooBigError,
    UnreadableSheetError,
)
from shared.sheets.model import (
    BOOLEAN,
    DATE,
    HEADING_ROWS,
    NUMBER,
    PERCENT,
    PROBLEM_SHEET,
    SEPARATOR,
    TEXT,
    Limits,
)
from shared.sheets.precheck import kind_of, open_zip

_SPREAD_LIMIT = 2_000_000
_PIECE_ROWS = 8_192  # large enough to be quick, small enough to be worked on side by side
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


class SheetHead(NamedTuple):
    """What is told of a worksheet before its rows."""

    name: str
    rows: int
    columns: int
    merged: Sequence[Range]


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


def encode_workbook(
    content: bytes, limits: Limits, piece_rows: int = _PIECE_ROWS
) -> Iterator[bytes]:
    """Yield a head and then the texts and kinds of every worksheet, pieces of rows at a time.

    Raises a subclass of `UnreadableSheetError` saying what is wrong with the file, nearly always
    before anything is yielded.
    """
    archive = open_zip(content, limits) if kind_of(content, limits) == "zip" else None
    with ThreadPoolExecutor(1) as second:  # calamine works outside the interpreter lock
        searching = second.submit(_special, archive)
        sheets = worksheets(content)
        specials = searching.result()
    sheets = [sheet for sheet in sheets if sheet.end and sheet.name != PROBLEM_SHEET]
    for sheet in sheets:
        check_size(sheet, limits)
    merged = [clip(sheet.merged_cell_ranges or [], sheet) for sheet in sheets]
    if not sheets:
        raise EmptyFileError
    heads = [
        SheetHead(sheet.name, *used_area(sheet), ranges)
        for sheet, ranges in zip(sheets, merged, strict=True)
    ]
    yield encode_head(heads, knows_formats=archive is not None)
    for sheet, ranges in zip(sheets, merged, strict=True):
        rows = sheet.to_python(skip_empty_area=False)
        special = specials.get(sheet.name, {})
        _spread(rows, special, ranges)
        yield from _pieces(rows, special, piece_rows)


def encode_head(heads: Sequence[SheetHead], *, knows_formats: bool) -> bytes:
    """Return the line that comes before all pieces."""
    described = [head._asdict() for head in heads]
    return json.dumps({"sheets": described, "knows_formats": knows_formats}).encode() + b"\n"


def encode_piece(columns: Iterable[tuple[Sequence[str], str]], rows: int) -> bytes:
    """Return `rows` rows of a sheet, a line and then one blob for each column of texts."""
    lengths: list[tuple[int, str]] = []
    blobs: list[bytes] = []
    for texts, kinds in columns:
        blob = SEPARATOR.join(texts)
        if blob.count(SEPARATOR) != len(texts) - 1:
            blob = SEPARATOR.join(text.replace(SEPARATOR, " ") for text in texts)
        blobs.append(blob.encode("utf-8", errors="replace"))
        lengths.append((len(blobs[-1]), kinds))
    line = json.dumps({"rows": rows, "columns": lengths}).encode()
    return b"".join((line, b"\n", *blobs))


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


def _spread(rows: list[list[Value]], special: Special, merged: list[Range]) -> None:
    """Give every cell of a merged area the value of its first, and its special kind."""
    for (top, left), (bottom, right) in merged:
        value, kind = rows[top][left], special.get((top, left))
        for row in range(top, bottom + 1):
            rows[row][left : right + 1] = [value] * (right - left + 1)
        if kind is None and not special:
            continue
        for place in product(range(top, bottom + 1), range(left, right + 1)):
            if kind is None:
                special.pop(place, None)
            else:
                special[place] = kind


def _pieces(rows: list[list[Value]], special: Special, piece_rows: int) -> Iterator[bytes]:
    """Yield the rows piece by piece; the first is long enough to find a heading in."""
    places = sorted(special, reverse=True)
    start, end = 0, max(piece_rows, HEADING_ROWS)
    while start < len(rows):
        piece = rows[start:end]
        columns = list(map(_encoded, zip(*piece, strict=True)))
        here: dict[int, dict[int, str]] = {}
        while places and places[-1][0] < end:
            row, column = places.pop()
            here.setdefault(column, {})[row - start] = special[row, column]
        for column, found in here.items():
            if column < len(columns):
                columns[column] = _with_special(*columns[column], found)
        yield encode_piece(columns, len(piece))
        start, end = end, end + piece_rows


def _encoded(values: tuple[Value, ...]) -> tuple[Sequence[str], str]:
    """Return the texts of a column and their kinds; a single letter stands for all."""
    if set(map(type, values)) == {str}:
        return cast("tuple[str, ...]", values), TEXT
    kinds = "".join(map(_KINDS.__getitem__, map(type, values)))
    head = len(kinds.rstrip(NUMBER))
    texts = [_TEXTS[type(value)](value) for value in values[:head]]
    return texts + _number_texts(cast("Sequence[float]", values[head:])), kinds


def _number_texts(values: Sequence[float]) -> list[str]:
    """Return `number_text` of each, many at once: most columns are a heading and then numbers."""
    joined = "".join([f"{value!r}{SEPARATOR}" for value in values])
    if "e" in joined:
        return [number_text(value) for value in values]
    return joined.replace(f".0{SEPARATOR}", SEPARATOR).split(SEPARATOR)[:-1]


def _with_special(
    texts: Sequence[str], kinds: str, special: dict[int, str]
) -> tuple[Sequence[str], str]:
    """Return a column with the kinds that only the file's XML tells, by row."""
    texts, letters = list(texts), list(kinds * len(texts) if len(kinds) == 1 else kinds)
    for row, kind in special.items():
        if row >= len(texts):
            continue
        if kind == PERCENT:
            if letters[row] != NUMBER:
                continue
            texts[row] = f"{(Decimal(texts[row]) * 100).normalize():f}%"
        letters[row] = kind
    return texts, "".join(letters)
