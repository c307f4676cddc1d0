"""Signed session and bearer tokens: JWT (RFC 7519) with Ed25519 (RFC 9864).

The rules that keep a token honest: one algorithm; the key only by `kid` from our own set; no other
header field, so no `jwk` or `crit` is looked at; at most 8 KiB; the instant always passed in, so
that the rehearsal clock moves expiry. The library itself refuses all but canonical base64url.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.access.actor import Actor
from shared.crypto.keys import SigningKey
from shared.errors import NotSignedInError, RuleBrokenError

ALGORITHM = "Ed25519"
MAXIMUM_BYTES = 8 * 1024
CLOCK_SKEW = timedelta(seconds=30)
"""How far another machine's clock may be ahead of ours when it issues a token."""


class TokenRefusedError(NotSignedInError):
    """A token that is not ours, was altered or has expired; `reason` (English) is for the log."""

    code = "token_refused"


class TokenTooLargeError(RuleBrokenError):
    """The actor's scope does not fit into a token."""

    code = "token_too_large"
    sentence = "该岗位逐一列出的单位过多，无法登录；请系统管理员改按上级单位或归口股室授权。"


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a genuine, unexpired token says. Whether its session was revoked is asked elsewhere."""

    actor: Actor
    csrf: str
    expires_at: datetime
    session_id: UUID | None
    key_id: str
    """Of the key that signed it."""


def issue(
    actor: Actor, *, signing_key: SigningKey, lifetime: timedelta, now: datetime, csrf: str
) -> str:
    """Return a token for `actor`, valid from `now` (aware) for `lifetime`, in whole seconds.

    Raises `TokenTooLargeError` when the claims do not fit into 8 KiB.
    """
    claims = {
        **actor.to_claims(),
        "aud": actor.scope.region,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "csrf": csrf,
    }
    header = {"alg": ALGORITHM, "kid": signing_key.key_id}
    key = OKPKey.import_key(signing_key.private_key)
    token = jwt.encode(header, claims, key, algorithms=[ALGORITHM])
    if len(token) > MAXIMUM_BYTES:
        raise TokenTooLargeError
    return token


def read(token: str, public_keys: Mapping[str, str], now: datetime) -> VerifiedToken:
    """Return what `token` says; `public_keys` maps the key ids we trust to their PEM.

    Raises `TokenRefusedError` for anything but a genuine token that has not expired at `now`.
    """
    if len(token) > MAXIMUM_BYTES:
        raise TokenRefusedError(reason="size")
    try:
        decoded = _decoded(token, _key_of(token, public_keys))
        _claims_registry(now).validate(decoded.claims)
        claims = decoded.claims
        actor = Actor.from_claims(claims)
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        csrf, key_id = str(claims["csrf"]), str(decoded.header["kid"])
    except (JoseError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise TokenRefusedError(reason=f"{type(error).__name__}: {error}") from error
    if claims["aud"] != actor.scope.region:
        raise TokenRefusedError(reason="audience is not the actor's region")
    if expires_at <= now:
        raise TokenRefusedError(reason="expired")
    return VerifiedToken(actor, csrf, expires_at, actor.session_id, key_id)


def _key_of(token: str, public_keys: Mapping[str, str]) -> str:
    header = jws.extract_compact(token.encode()).headers()
    if set(header) != {"typ", "alg", "kid"} or header["typ"] != "JWT":
        raise ValueError("header fields")
    return public_keys[header["kid"]]


@lru_cache(maxsize=1024)
def _decoded(token: str, pem: str) -> jwt.Token:
    """Return what is signed. A browser sends the same token for half an hour."""
    return jwt.decode(token, _public_key(pem), algorithms=[ALGORITHM])


@lru_cache(maxsize=64)
def _public_key(pem: str) -> OKPKey:
    return OKPKey.import_key(pem)


def _claims_registry(now: datetime) -> jwt.JWTClaimsRegistry:
    required: dict[str, jwt.ClaimsOption] = {
        name: {"essential": True} for name in ("aud", "iat", "exp")
    }
    leeway = int(CLOCK_SKEW.total_seconds())
    return jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=leeway, **required)
