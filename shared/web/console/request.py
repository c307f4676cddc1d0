"""What a page works with while it answers: database, clock, and what the request names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from shared.web.api import current_resources
from shared.web.years import FIRST_YEAR, LAST_YEAR, year_in

if TYPE_CHECKING:
    from shared.clock import Clock
    from shared.db.unit_of_work import Database

MOST_DIGITS = 9
"""A version of more digits fits no column."""


def database() -> Database:
    """Return the database of the service that answers."""
    return current_resources().database


def clock() -> Clock:
    """Return the clock."""
    return current_resources().clock


def asked_year(text: str, usual: int) -> int:
    """Return the budget year named by `text`, or the usual one."""
    year = year_in(text)
    return year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else usual


def args_with_year(usual: int) -> MultiDict[str, str]:
    """Return the query string with a budget year in it, for a list that is about one."""
    args = MultiDict(request.args)
    args["year"] = str(asked_year(args.get("year", ""), usual))
    return args


def ids_of(texts: Sequence[str]) -> tuple[UUID, ...]:
    """Return the ids ticked in a list; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def typed_version() -> int:
    """Return the version the posted form was drawn from; 0 fits no record."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) <= MOST_DIGITS else 0
