"""Versions on the wire: `ETag` out, `If-Match` in; nobody overwrites what he has not seen."""

from __future__ import annotations

import re

from werkzeug.wrappers import Request

from shared.errors import StaleVersionError, VersionRequiredError

_STRONG = re.compile(r'"(\d{1,9})"')


def etag_of(version: int) -> str:
    """Return the entity tag of a record's `version`."""
    return f'"{version}"'


def asked_version(request: Request) -> int:
    """Return the version the change is based on.

    Raises `VersionRequiredError` (428) without a usable `If-Match`: `*` means «whatever is there»,
    which is what the rule is to prevent; `StaleVersionError` (412) for a tag that is none of ours.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        raise VersionRequiredError
    match = _STRONG.fullmatch(header)
    if match is None:
        raise StaleVersionError
    return int(match[1])


def require_version(request: Request, version: int) -> None:
    """Raise `StaleVersionError` unless the change is based on the present `version`."""
    if asked_version(request) != version:
        raise StaleVersionError
