"""The budget years of this service's pages: the last one executed, and those before it."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from shared.web.console import request, showing
from shared.web.console.views import Choice

YEARS_BACK = 3


def this_year() -> int:
    """Return the budget year that is self-evaluated in the present work year: the last one."""
    return request.clock().today().year - 1


def year_of(text: str) -> int:
    """Return the budget year named by `text`, or the last one."""
    return request.asked_year(text, this_year())


def args_with_year() -> MultiDict[str, str]:
    """Return the query string with a budget year in it: every list here is about one."""
    return request.args_with_year(this_year())


def year_choices() -> list[Choice]:
    """Return the budget years a list offers, the latest that can be evaluated first."""
    return showing.year_choices(this_year(), this_year() - YEARS_BACK)
