"""Budget years as they are typed."""

from __future__ import annotations

from marshmallow import validate

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS = validate.Range(FIRST_YEAR, LAST_YEAR)
_DIGITS = 4


def year_in(text: str) -> int | None:
    """Return the year a text of four digits names, `None` for any other text."""
    return int(text) if text.isdecimal() and len(text) == _DIGITS else None
