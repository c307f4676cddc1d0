"""The budget years of this service's pages: the year being executed, and those around it."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from shared.web.console import request, showing
from shared.web.console.views import Choice

YEARS_BACK = 3


def this_year() -> int:
    """Return the budget year whose execution is monitored now."""
    return request.clock().today().year


def year_of(text: str) -> int:
    """Return the budget year named by `text`, or the present one."""
    return request.asked_year(text, this_year())


def args_with_year() -> MultiDict[str, str]:
    """Return the query string with a budget year in it: every list here is about one."""
    return request.args_with_year(this_year())


def year_choices() -> list[Choice]:
    """Return the budget years a list offers, the next one first."""
    return showing.year_choices(this_year() + 1, this_year() - YEARS_BACK)
