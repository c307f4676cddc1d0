"""Who asks: the session cookie or a bearer token, read once per request into an `Actor`.

A bearer token wins over a cookie. Nothing below HTTP looks here: views pass the actor on by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from shared.access.actor import NOBODY, Actor
from shared.access.keys import is_good, public_keys
from shared.access.tokens import TokenRefusedError, read
from shared.errors import NotSignedInError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.access.tokens import VerifiedToken
    from shared.clock import Clock
    from shared.db.unit_of_work import Database
    from shared.runtime.settings import Settings

SESSION_COOKIE = "wenxiao_session"
SIGN_IN_PATH = "/sign-in"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

TokenReader = Callable[[str], "VerifiedToken"]
"""Reads a signed token; raises `NotSignedInError` for one that is forged, expired or revoked."""

_EXTENSION = "wenxiao.token_reader"


@dataclass(frozen=True, slots=True)
class Identity:
    """The asker of one request. `csrf` is the token its cookie session demands on changes."""

    actor: Actor
    csrf: str = ""
    by_cookie: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Tell whether somebody, person or machine, is known."""
        return bool(self.actor.roles)


class StoredKeysReader:
    """Checks tokens against this service's own copies of the keys and the revoked sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read keys from `database`; `clock` decides what has expired."""
        self._database = database
        self._clock = clock
        self._keys: dict[str, str] = {}
        """Keys met so far; a key's id follows from the key, so they never change."""

    def __call__(self, token: str) -> VerifiedToken:
        """Return the verified token.

        Whether its key is still trusted is asked each time, so that a key taken out of use is cut
        off at once.
        """
        with self._database.glance() as connection:
            verified = self._verified(connection, token)
            if not is_good(connection, verified.key_id, verified.session_id):
                raise NotSignedInError
        return verified

    def _verified(self, connection: Connection, token: str) -> VerifiedToken:
        now = self._clock.now()
        try:
            return read(token, self._keys, now)
        except TokenRefusedError:  # perhaps signed with a key we have not met
            self._keys = public_keys(connection)
            return read(token, self._keys, now)


def install_identity(app: Flask, read_token: TokenReader) -> None:
    """Let `current_identity` read tokens with `read_token` in requests of `app`."""
    app.extensions[_EXTENSION] = read_token


def current_identity() -> Identity:
    """Return who asks, read at the first call of the request; a bad token counts as none."""
    if "identity" not in g:
        g.identity = _read_identity()
    identity: Identity = g.identity
    return identity


def current_actor() -> Actor:
    """Return the actor of this request, without any right when nobody is signed in."""
    return current_identity().actor


def require_signed_in() -> Actor:
    """Return the actor; raise `NotSignedInError` when there is none."""
    identity = current_identity()
    if not identity.is_signed_in:
        raise NotSignedInError
    return identity.actor


def sign_in_redirect() -> BaseResponse:
    """Return the way to the sign-in page and back to the page asked for.

    htmx swaps what it receives into the page, so it is told to load the sign-in page whole.
    """
    if request.headers.get("HX-Request"):
        here = urlsplit(request.headers.get("HX-Current-URL", "/"))
        response = current_app.make_response(("", 401))
        response.headers["HX-Redirect"] = _sign_in_url(here.path, here.query)
        return response
    return redirect(_sign_in_url(request.path, request.query_string.decode("ascii", "replace")))


def local_redirect(target: str | None, default: str = "/") -> str:
    """Return `target` when it is a path on this origin, else `default`.

    Browsers read a doubled slash, a backslash and control characters as leading elsewhere.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if "\\" in target or not target.isprintable():
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def set_session_cookie(
    response: Response, token: str, settings: Settings, max_age_seconds: int
) -> None:
    """Give the browser its session: not readable by scripts, not sent with foreign posts."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=max_age_seconds,
        path="/",
        httponly=True,
        secure=settings.secure_cookies,
        samesite="Lax",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Take the session back from the browser."""
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, secure=settings.secure_cookies, samesite="Lax"
    )


def _read_identity() -> Identity:
    correlation_id = g.get("correlation_id", "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    by_cookie = scheme.lower() != "bearer"
    token = request.cookies.get(SESSION_COOKIE, "") if by_cookie else bearer.strip()
    nobody = Identity(replace(NOBODY, correlation_id=correlation_id))
    if not token:
        return nobody
    reader: TokenReader = current_app.extensions[_EXTENSION]
    try:
        verified = reader(token)
    except NotSignedInError:
        return nobody
    return Identity(
        actor=replace(verified.actor, correlation_id=correlation_id),
        csrf=verified.csrf,
        by_cookie=by_cookie,
    )


def _sign_in_url(path: str, query: str) -> str:
    back = local_redirect(f"{path}?{query}" if query else path)
    return f"{SIGN_IN_PATH}?{urlencode({'next': back})}"
