"""The session cookie: renewed from what the browser sent, and given."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar, cast

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.usecases.issue_token import read_recent, session_key, session_token
from services.oversight_svc.usecases.renew_session import RenewSession, renew_session
from services.oversight_svc.usecases.sign_in import SignedIn
from shared.access.keys import is_revoked, public_keys
from shared.access.tokens import VerifiedToken
from shared.crypto.keys import SigningKey
from shared.errors import NotSignedInError
from shared.web.api import current_resources
from shared.web.identity import SESSION_COOKIE, set_session_cookie

Answer = TypeVar("Answer", bound=BaseResponse)


def signing_key() -> SigningKey:
    """Return the key that signs sessions on this machine."""
    return session_key(current_resources().settings)


def give_session(response: Answer, opened: SignedIn, token: str) -> Answer:
    """Set the cookie on `response`.

    The browser keeps it as long as the session may last, so that a token that ended meanwhile can
    still name its session and be renewed.
    """
    resources = current_resources()
    left: timedelta = opened.session.expires_at - resources.clock.now()
    set_session_cookie(
        cast("Response", response), token, resources.settings, int(left.total_seconds())
    )
    return response


def renew_by_cookie() -> tuple[SignedIn, str]:
    """Return the session the cookie names, renewed, and its new token.

    Raises `NotSignedInError` without a genuine cookie, after too long a pause, and when the
    session has ended; `NoPostError` when no post is held any more.
    """
    resources = current_resources()
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        raise NotSignedInError
    with resources.database.begin() as uow:
        verified = _verified(uow.session, token)
        opened = renew_session(uow, resources.clock, verified.actor, RenewSession())
        return opened, session_token(uow, resources.clock, signing_key(), opened)


def _verified(session: Session, token: str) -> VerifiedToken:
    verified = read_recent(token, public_keys(session), current_resources().clock.now())
    if verified.session_id is None or is_revoked(session, verified.session_id):
        raise NotSignedInError
    return verified
