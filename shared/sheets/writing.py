"""Write lists for people to open in Excel or WPS; the same rows as on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import IO, Final, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.money import wan_from_yuan
from shared.sheets.cells import OPTIONS, write_value

ValueKind = Literal["text", "yuan", "wan", "integer", "number", "percent", "date", "instant"]

FORMATS: Final[dict[str, str]] = {
    "text": "@",
    "yuan": "#,##0.00",
    "wan": "#,##0.00",
    "integer": "#,##0",
    "number": "General",
    "percent": "0.00",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm",
}
_WIDTHS: Final[dict[str, int]] = {"text": 20, "date": 12, "instant": 17, "yuan": 18}
_WIDTH: Final = 14


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of a list. Amounts are handed over in 元; kind `wan` prints them in 万元."""

    title: str
    kind: ValueKind = "text"
    width: int | None = None


def write_table(
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence[object]],
    title: str,
    notes: Sequence[str] = (),
    *,
    into: IO[bytes] | None = None,
) -> bytes:
    """Write a list as .xlsx: title, notes, frozen header, rows; return its bytes.

    `rows` is read once and never held, so that a list of any length takes the same memory. With
    `into` the file goes there instead and the answer is empty. Texts stay texts whatever they
    begin with; instants must be local and naive, as people read them.
    """
    out = into or BytesIO()
    book = Workbook(out, {**OPTIONS, "constant_memory": True})
    sheet = book.add_worksheet(sheet_name(title))
    at = _write_head(book, sheet, columns, title, notes)
    styles = [book.add_format({"num_format": FORMATS[column.kind]}) for column in columns]
    quoted = book.add_format({"num_format": "@", "quote_prefix": True})
    for number, row in enumerate(rows, at):
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            shown = _shown(column.kind, value)
            write_value(sheet, number, index, shown, styles[index], quoted)
    book.close()
    return out.getvalue() if isinstance(out, BytesIO) and into is None else b""


def sheet_name(title: str) -> str:
    """Return `title` as Excel allows it for a sheet: 31 characters, no brackets or strokes."""
    plain = "".join(" " if letter in "[]:*?/\\" else letter for letter in title)
    return plain.strip("' ")[:31] or "表"


def _shown(kind: ValueKind, value: object) -> object:
    return wan_from_yuan(value) if kind == "wan" and isinstance(value, Decimal) else value


def _write_head(
    book: Workbook,
    sheet: Worksheet,
    columns: Sequence[OutColumn],
    title: str,
    notes: Sequence[str],
) -> int:
    """Write title, notes and header; return the 0-based row of the first value."""
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width or _WIDTHS.get(column.kind, _WIDTH))
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    for number, note in enumerate(notes, 1):
        sheet.write_string(number, 0, note)
    at = len(notes) + 1
    style = header_style(book)
    for index, column in enumerate(columns):
        sheet.write_string(at, index, column.title, style)
    sheet.freeze_panes(at + 1, 0)
    return at + 1


def header_style(book: Workbook) -> Format:
    """Return the format of header cells."""
    return book.add_format(
        {"bold": True, "border": 1, "bg_color": "#DDEBF7", "text_wrap": True, "align": "center"}
    )
