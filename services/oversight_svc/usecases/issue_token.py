"""Part of signing in: the signed token of a session or a machine, trusted by every service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from joserfc import jws
from joserfc.errors import JoseError

from services.oversight_svc.domain.sign_in import (
    COOKIE_TIME,
    MACHINE_TOKEN_TIME,
    PASSWORD_ONLY,
    may_go_on,
)
from services.oversight_svc.usecases.publish_signing_key import publish_signing_key
from services.oversight_svc.usecases.sign_in import SignedIn
from shared.access.actor import Actor, Scope
from shared.access.tokens import CLOCK_SKEW, TokenRefusedError, VerifiedToken, issue, read
from shared.clock import Clock
from shared.crypto.keys import KeyStore, SigningKey
from shared.db.unit_of_work import UnitOfWork
from shared.runtime.sealing import key_folder
from shared.runtime.settings import Settings

PURPOSE = "session"


def session_key(settings: Settings) -> SigningKey:
    """Return the key that signs sessions, made on first use."""
    return KeyStore(key_folder(settings)).signing_key(PURPOSE)


def session_token(uow: UnitOfWork, clock: Clock, key: SigningKey, signed_in: SignedIn) -> str:
    """Return the cookie of an open session, good for half an hour but not beyond the session.

    Until a one-time password is changed, it lets its holder do nothing else.
    """
    publish_signing_key(uow, clock, key)
    actor, now = signed_in.actor, clock.now()
    if signed_in.account.must_change_password:
        actor = replace(
            actor, roles=frozenset({PASSWORD_ONLY}), scope=Scope(region=actor.scope.region)
        )
    lifetime = min(COOKIE_TIME, signed_in.session.expires_at - now)
    return issue(actor, signing_key=key, lifetime=lifetime, now=now, csrf=signed_in.session.csrf)


def machine_token(uow: UnitOfWork, clock: Clock, key: SigningKey, actor: Actor) -> str:
    """Return the bearer token of a machine client, good for ten minutes."""
    publish_signing_key(uow, clock, key)
    return issue(actor, signing_key=key, lifetime=MACHINE_TOKEN_TIME, now=clock.now(), csrf="")


def read_recent(token: str, public_keys: Mapping[str, str], now: datetime) -> VerifiedToken:
    """Return what a genuine token says that is good or ended no longer ago than the idle time.

    It only names the session to be renewed; whether that is still open is for the session's row
    to say. Raises `TokenRefusedError` for anything else.
    """
    try:
        payload = json.loads(jws.extract_compact(token.encode()).payload)
        issued_at = datetime.fromtimestamp(int(payload["iat"]), UTC)
    except (JoseError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TokenRefusedError(reason=f"{type(error).__name__}: {error}") from error
    verified = read(token, public_keys, issued_at)
    if issued_at > now + CLOCK_SKEW or not may_go_on(verified.expires_at, now):
        raise TokenRefusedError(reason="left alone too long")
    return verified
