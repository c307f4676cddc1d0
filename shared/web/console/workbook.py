"""A list as Excel: the columns, the order and the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from flask import Response

from shared.clock import LOCAL_ZONE
from shared.sheets.writing import OutColumn, ValueKind, write_table
from shared.web.console.formats import date_zh, percent
from shared.web.console.lists import Column
from shared.web.console.views import Due, Light, Link, Progress
from shared.web.files import attachment

_KINDS: Mapping[str, ValueKind] = {
    "money": "wan",
    "number": "integer",
    "percent": "percent",
    "date": "date",
    "datetime": "instant",
}
_WIDTHS = {"narrow": 10, "medium": 22, "wide": 40}


def workbook(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    notes: Sequence[str] = (),
) -> Response:
    """Return the rows a page shows as a file to be saved; amounts in 万元 as on the screen."""
    return attachment(write_list(title, columns, rows, notes), f"{title}.xlsx")


def write_list(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    notes: Sequence[str] = (),
    *,
    into: IO[bytes] | None = None,
) -> bytes:
    """Write the rows a page shows as .xlsx, amounts in 万元 as on the screen; return its bytes.

    `rows` is read once and never held; with `into` the file goes there and the answer is empty.
    """
    out = [
        OutColumn(_title(column), _KINDS.get(column.kind, "text"), _WIDTHS.get(column.width))
        for column in columns
    ]
    cells = ([cell_text(row[column.key]) for column in columns] for row in rows)
    return write_table(out, cells, title, notes, into=into)


def _title(column: Column) -> str:
    unit = column.unit or {"money": "万元", "percent": "%"}.get(column.kind, "")
    return f"{column.title}（{unit}）" if unit else column.title


def cell_text(value: Any) -> Any:  # noqa: ANN401 (what a cell may show)
    """Return what a cell of the screen says, as Excel takes it."""
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).replace(tzinfo=None)
    if isinstance(value, Due):
        first = f"，原{date_zh(value.was_on)}" if value.was_on else ""
        return f"{date_zh(value.on)}（{value.text}{first}）"
    if isinstance(value, Light):
        return value.text
    if isinstance(value, Progress):
        return percent(value.percent, 0)
    if isinstance(value, Link):
        return f"{value.label}（{value.note}）" if value.note else value.label
    return getattr(value, "label", value)
