"""Write cells with XlsxWriter so that no text can ever become a formula or a link."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

OPTIONS: Final[dict[str, object]] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_SAFE_DIGITS: Final = 15  # a number cell holds no more; longer ones are written as text
_CELL_LENGTH: Final = 32_767


def is_dangerous(text: str) -> bool:
    """Tell whether a spreadsheet might take `text` for a formula once it is edited."""
    return text.startswith(_DANGEROUS)


def write_value(
    sheet: Worksheet,
    row: int,
    column: int,
    value: object,
    style: Format | None,
    quoted: Format | None = None,
) -> None:
    """Write `value` at 0-based `row` and `column`.

    Numbers stay numeric, negative ones too; everything else is a string. `quoted` is the style of
    texts that look like formulas (it sets the quote prefix, so that pressing Enter in the cell does
    not make one of them). A number with more digits than a cell holds is written as text.
    """
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", style)
    elif isinstance(value, float):
        sheet.write_number(row, column, value, style)
    elif isinstance(value, (int, Decimal)):
        if len(Decimal(value).normalize().as_tuple().digits) > _SAFE_DIGITS:
            sheet.write_string(row, column, f"{value}", style)
        else:
            sheet.write_number(row, column, float(value), style)  # exact: few enough digits
    elif isinstance(value, date):
        instant = value if isinstance(value, datetime) else datetime.combine(value, time.min)
        sheet.write_datetime(row, column, instant, style)
    else:
        text = str(value)[:_CELL_LENGTH]
        sheet.write_string(row, column, text, quoted if quoted and is_dangerous(text) else style)
