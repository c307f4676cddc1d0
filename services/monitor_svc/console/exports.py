"""A list as Excel, with the columns, the order and the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from services.monitor_svc.console.common import attachment
from shared.web.console.lists import Column
from shared.web.console.workbook import write_list


def workbook(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    notes: Sequence[str] = (),
) -> Response:
    """Return the rows a page shows as a file to be saved; amounts in 万元 as on the screen."""
    return attachment(write_list(title, columns, rows, notes), f"{title}.xlsx")
