"""A list as Excel, with the columns and the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response

from shared.clock import LOCAL_ZONE
from shared.sheets.writing import OutColumn, ValueKind, write_table
from shared.web.console.lists import Column
from shared.web.files import attachment

_KINDS: Mapping[str, ValueKind] = {
    "money": "wan",
    "number": "number",
    "percent": "percent",
    "date": "date",
    "datetime": "instant",
}


def workbook(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    notes: Sequence[str] = (),
) -> Response:
    """Return the rows a page shows as a file to be saved; amounts in 万元 as on the screen."""
    out = [OutColumn(_title(column), _KINDS.get(column.kind, "text")) for column in columns]
    cells = ([_cell(row[column.key]) for column in columns] for row in rows)
    return attachment(write_table(out, cells, title, notes), f"{title}.xlsx")


def _title(column: Column) -> str:
    unit = column.unit or ("万元" if column.kind == "money" else "")
    return f"{column.title}（{unit}）" if unit else column.title


def _cell(value: Any) -> Any:  # noqa: ANN401 (what a cell may show)
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).replace(tzinfo=None)
    for name in ("label", "on"):  # a link, a badge; a due date
        if hasattr(value, name):
            shown = getattr(value, name)
            return shown.isoformat() if name == "on" else shown
    return value
