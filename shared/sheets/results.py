"""Keep the results of formulas in an edited copy.

openpyxl writes a formula without its result. Such a copy, sent back without having been opened in
Excel or WPS, would read as empty; so the results of the original are put back.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from xml.sax.saxutils import escape

from openpyxl.utils.datetime import to_excel
from python_calamine import CalamineSheet

from shared.sheets.details import sheet_parts
from shared.sheets.model import column_number

_FORMULA = re.compile(
    rb'<c r="(?P<letters>[A-Z]+)(?P<row>\d+)"(?P<rest>[^>]*)>(?P<formula><f[ >].*?</f>|<f[^>]*/>)'
    rb"<v(?: ?/>|></v>)</c>",
    re.DOTALL,
)


def keep_results(copy: bytes, sheets: list[CalamineSheet], epoch: datetime) -> bytes:
    """Return `copy` with the results that the formulas had in `sheets`, the original's."""
    values = {sheet.name: sheet.to_python(skip_empty_area=False) for sheet in sheets if sheet.end}
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(copy)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        names = {part: name for name, part in sheet_parts(archive).items()}
        for member in archive.infolist():
            data = archive.read(member)
            rows = values.get(names.get(member.filename, ""))
            if rows and b"<f" in data:
                data = _FORMULA.sub(_putter(rows, epoch), data)
            target.writestr(member, data)
    return out.getvalue()


def _putter(
    rows: list[list[int | float | str | bool | time | date | datetime | timedelta]],
    epoch: datetime,
) -> Callable[[re.Match[bytes]], bytes]:
    def put(match: re.Match[bytes]) -> bytes:
        row, column = int(match["row"]) - 1, column_number(match["letters"].decode()) - 1
        if row >= len(rows) or column >= len(rows[row]) or rows[row][column] == "":
            return match[0]
        kind, text = _stored(rows[row][column], epoch)
        place = match["letters"] + match["row"]
        return b'<c r="%s"%s%s>%s<v>%s</v></c>' % (
            place,
            match["rest"],
            kind,
            match["formula"],
            escape(text).encode(),
        )

    return put


def _stored(
    value: float | str | bool | time | date | datetime | timedelta,  # noqa: FBT001 - a cell's value
    epoch: datetime,
) -> tuple[bytes, str]:
    if isinstance(value, bool):
        return b' t="b"', "1" if value else "0"
    if isinstance(value, str):
        return b' t="str"', value
    if isinstance(value, (int, float)):
        return b"", repr(value)
    return b"", repr(to_excel(value, epoch))  # type: ignore[no-untyped-call]
