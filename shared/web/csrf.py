"""Forged requests: an unsafe request that a browser authenticates by itself must carry a token.

Signed in by cookie, the token is the session's `csrf` claim. Before sign-in it is a double submit:
a random cookie that the form repeats. Bearer tokens are never sent by a browser on its own, so
they need none.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from flask import g, request

from shared.web.failures import FormTokenError
from shared.web.identity import SAFE_METHODS, Identity, current_identity

if TYPE_CHECKING:
    from flask import Response

    from shared.runtime.settings import Settings

FORM_FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
FORM_COOKIE = "wenxiao_form"
"""Carries the token of forms used before sign-in."""


def csrf_token() -> str:
    """Return the token a form of this page must repeat; templates call it."""
    identity = current_identity()
    if identity.csrf:
        return identity.csrf
    if "form_token" not in g:
        g.form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    token: str = g.form_token
    return token


def check_signed_in(identity: Identity) -> None:
    """Raise `FormTokenError` for an unsafe request by cookie without its session's token."""
    if request.method in SAFE_METHODS or not identity.by_cookie:
        return
    if not _same(identity.csrf, _sent()):
        raise FormTokenError


def check_public() -> None:
    """Raise `FormTokenError` for an unsafe request before sign-in whose form repeats no token."""
    if request.method in SAFE_METHODS:
        return
    sent = _sent()
    if _same(request.cookies.get(FORM_COOKIE, ""), sent):
        return
    identity = current_identity()
    if not (identity.by_cookie and _same(identity.csrf, sent)):
        raise FormTokenError


def keep_form_token(response: Response, settings: Settings) -> None:
    """Send the cookie of a token that this request gave to a form."""
    token = g.get("form_token")
    if token and request.cookies.get(FORM_COOKIE) != token:
        response.set_cookie(
            FORM_COOKIE,
            token,
            path="/",
            httponly=True,
            secure=settings.secure_cookies,
            samesite="Strict",
        )


def _sent() -> str:
    return request.headers.get(HEADER) or request.form.get(FORM_FIELD, "")


def _same(expected: str, sent: str) -> bool:
    return bool(expected) and hmac.compare_digest(expected.encode(), sent.encode())
