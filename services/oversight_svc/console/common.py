"""What the pages about findings share: the day, the calendar, keys, files, refusals in a form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response

from services.oversight_svc.domain.ledger import LedgerKey, key_from
from shared.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    RuleBrokenError,
    StaleVersionError,
)
from shared.files.media import XLSX
from shared.web.api import current_resources

if TYPE_CHECKING:
    from shared.clock import Clock
    from shared.db.unit_of_work import Database
    from shared.web.console.forms import Form


def database() -> Database:
    """Return this service's database."""
    return current_resources().database


def clock() -> Clock:
    """Return the clock."""
    return current_resources().clock


def keys_of(texts: Sequence[str]) -> tuple[LedgerKey, ...]:
    """Return the findings ticked in a list, each once; what names none is left out."""
    found = dict.fromkeys(key_from(text) for text in texts)
    return tuple(key for key in found if key is not None)


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
    """Return a file to be saved, never shown."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
