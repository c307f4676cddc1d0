"""Budget years as they are typed."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.web.schemas import ApiSchema

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS = validate.Range(FIRST_YEAR, LAST_YEAR)
_DIGITS = 4


def year_in(text: str) -> int | None:
    """Return the year a text of four digits names, `None` for any other text."""
    return int(text) if text.isdecimal() and len(text) == _DIGITS else None


def year_field() -> fields.Integer:
    """Return the budget year an API asks for."""
    return fields.Integer(required=True, validate=YEARS, metadata={"label": "预算年度"})


class YearQuery(ApiSchema):
    """The budget year that is meant."""

    year = year_field()
