"""What the pages here share: versions, years, files, refusals shown in the form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import MultiDict

from services.monitor_svc.console.showing import this_year
from shared.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    RuleBrokenError,
    StaleVersionError,
)
from shared.web.api import current_resources

if TYPE_CHECKING:
    from shared.clock import Clock
    from shared.db.unit_of_work import Database
    from shared.web.console.forms import Form

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def database() -> Database:
    """Return this service's database."""
    return current_resources().database


def clock() -> Clock:
    """Return the clock."""
    return current_resources().clock


def year_of(text: str) -> int:
    """Return the budget year named by `text`, or the present one."""
    is_year = text.isdecimal() and len(text) == 4 and _FIRST_YEAR <= int(text) <= _LAST_YEAR  # noqa: PLR2004
    return int(text) if is_year else this_year()


def args_with_year() -> MultiDict[str, str]:
    """Return the query string with a budget year in it: every list here is about one."""
    args = MultiDict(request.args)
    args["year"] = str(year_of(args.get("year", "")))
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
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0  # noqa: PLR2004 (int4)


@contextmanager
def shown_in(form: Form) -> Iterator[None]:
    """Turn a refusal inside the block into messages of `form`, so that what was typed stays."""
    try:
        yield
    except InvalidInputError as error:
        form.refuse(error)
    except (RuleBrokenError, StaleVersionError, ConflictError) as error:
        form.refuse(InvalidInputError([FieldProblem("", error.code, error.message)]))


def attachment(content: bytes, filename: str, media_type: str = XLSX) -> Response:
    """Return a file to be saved, never shown: its bytes may have come from somebody else."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
