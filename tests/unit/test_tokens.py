from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.access.actor import Actor, Scope
from shared.access.tokens import (
    MAXIMUM_BYTES,
    TokenRefusedError,
    TokenTooLargeError,
    issue,
    read,
)
from shared.crypto.keys import KeyStore, SigningKey
from shared.errors import NotSignedInError

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
LIFETIME = timedelta(hours=8)
SESSION = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
CLERK = Actor(
    account_id=UUID("01890a5d-ac96-774b-bcce-b302099a8058"),
    name="王某",
    post_id=UUID("01890a5d-ac96-774b-bcce-b302099a8059"),
    post_name="绩效股经办",
    roles=frozenset({"performance_clerk"}),
    scope=Scope(region="511621", unit_paths=("/1/7/",), offices=("jxg",)),
    session_id=SESSION,
)
Claims = dict[str, Any]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("keys")).signing_key("tokens")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("stranger")).signing_key("tokens")


@pytest.fixture
def token(key: SigningKey) -> str:
    return issue(CLERK, signing_key=key, lifetime=LIFETIME, now=NOW, csrf="c1")


@pytest.fixture
def keys(key: SigningKey) -> dict[str, str]:
    return {key.key_id: key.public_pem}


def encoded(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(header: Claims, claims: object, sign: Callable[[bytes], bytes]) -> str:
    body = f"{encoded(header)}.{encoded(claims)}"
    return f"{body}.{encoded(sign(body.encode()))}"


def claims_of(token: str) -> Claims:
    segment = token.split(".")[1]
    content: Claims = json.loads(base64.urlsafe_b64decode(segment + "=="))
    return content


def test_a_token_says_who_asks(token: str, keys: dict[str, str]) -> None:
    verified = read(token, keys, NOW + timedelta(hours=7))

    assert verified.actor == CLERK
    assert (verified.csrf, verified.session_id) == ("c1", SESSION)
    assert verified.expires_at == NOW + LIFETIME


def test_a_machine_has_no_session(key: SigningKey, keys: dict[str, str]) -> None:
    machine = Actor.system("target_svc", "511621")
    token = issue(machine, signing_key=key, lifetime=LIFETIME, now=NOW, csrf="")

    assert read(token, keys, NOW).session_id is None
    assert read(token, keys, NOW).actor == machine


def test_a_token_ends_with_its_lifetime(token: str, keys: dict[str, str]) -> None:
    read(token, keys, NOW + LIFETIME - timedelta(seconds=1))

    for late in (LIFETIME, LIFETIME + timedelta(seconds=1), timedelta(days=400)):
        with pytest.raises(TokenRefusedError):
            read(token, keys, NOW + late)


def test_a_token_of_the_future_is_refused_but_not_of_a_clock_slightly_ahead(
    token: str, keys: dict[str, str]
) -> None:
    read(token, keys, NOW - timedelta(seconds=20))

    with pytest.raises(TokenRefusedError):
        read(token, keys, NOW - timedelta(minutes=2))


def test_refusal_means_not_signed_in() -> None:
    assert issubclass(TokenRefusedError, NotSignedInError)


def test_only_our_keys_by_their_id(
    token: str, key: SigningKey, stranger: SigningKey, keys: dict[str, str]
) -> None:
    foreign = issue(CLERK, signing_key=stranger, lifetime=LIFETIME, now=NOW, csrf="c1")
    for bad, trusted in (
        (foreign, keys),
        (foreign, {stranger.key_id: key.public_pem}),
        (token, {}),
        (token, {key.key_id: stranger.public_pem}),
        (token, {key.key_id: "no key"}),
    ):
        with pytest.raises(TokenRefusedError):
            read(bad, trusted, NOW)


def test_the_header_decides_nothing(
    token: str, key: SigningKey, stranger: SigningKey, keys: dict[str, str]
) -> None:
    claims = claims_of(token)
    ours, theirs = key.private_key.sign, stranger.private_key.sign
    raw = stranger.private_key.public_key().public_bytes_raw()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw)}

    def hmac_with_public_key(body: bytes) -> bytes:
        return hmac.digest(key.public_pem.encode(), body, hashlib.sha256)

    plain = {"typ": "JWT", "alg": "Ed25519", "kid": key.key_id}
    assert read(signed(plain, claims, ours), keys, NOW).actor == CLERK
    forgeries = [
        signed({**plain, "alg": "none"}, claims, lambda _: b""),
        signed({**plain, "alg": "none"}, claims, ours),
        signed({**plain, "alg": "HS256"}, claims, hmac_with_public_key),
        signed({**plain, "alg": "EdDSA"}, claims, ours),
        signed({**plain, "alg": ["Ed25519"]}, claims, ours),
        signed({**plain, "jwk": jwk}, claims, theirs),
        signed({"typ": "JWT", "alg": "Ed25519", "jwk": jwk}, claims, theirs),
        signed({**plain, "jwk": jwk}, claims, ours),
        signed({**plain, "jku": "https://example.invalid/keys"}, claims, theirs),
        signed({**plain, "crit": ["exp"], "exp": 1}, claims, ours),
        signed({**plain, "b64": False}, claims, ours),
        signed({**plain, "kid": stranger.key_id}, claims, theirs),
        signed({**plain, "kid": None}, claims, ours),
        signed({**plain, "kid": [key.key_id]}, claims, ours),
        signed({**plain, "typ": "at+jwt"}, claims, ours),
        signed({"alg": "Ed25519", "kid": key.key_id}, claims, ours),
        signed(plain, claims, theirs),
    ]
    for forged in forgeries:
        with pytest.raises(TokenRefusedError):
            read(forged, keys, NOW)


@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in ("aud", "exp", "iat", "csrf", "sub", "roles", "scope")),
        {"aud": "511622"},
        {"aud": ["511621", "511622"]},
        {"exp": "2030"},
        {"exp": True},
        {"exp": 1e30},
        {"iat": "x"},
        {"sub": "not-an-id"},
        {"scope": "511621"},
        {"scope": {"region": "511621"}},
        {"roles": 3},
    ],
    ids=str,
)
def test_claims_must_be_ours(
    change: Claims, token: str, key: SigningKey, keys: dict[str, str]
) -> None:
    claims = {**claims_of(token), **change}
    header = {"typ": "JWT", "alg": "Ed25519", "kid": key.key_id}
    left_out = {name: value for name, value in claims.items() if value is not None}

    with pytest.raises(TokenRefusedError):
        read(signed(header, left_out, key.private_key.sign), keys, NOW)


@pytest.mark.parametrize("claims", [[], "text", 1, None, b"\xff", b"{"], ids=str)
def test_claims_must_be_an_object(claims: object, key: SigningKey, keys: dict[str, str]) -> None:
    header = {"typ": "JWT", "alg": "Ed25519", "kid": key.key_id}

    with pytest.raises(TokenRefusedError):
        read(signed(header, claims, key.private_key.sign), keys, NOW)


def test_a_token_is_small(key: SigningKey, keys: dict[str, str]) -> None:
    scope = Scope(region="511621", unit_paths=tuple(f"/1/{number}/" for number in range(2000)))
    with pytest.raises(TokenTooLargeError):
        issue(replace(CLERK, scope=scope), signing_key=key, lifetime=LIFETIME, now=NOW, csrf="")

    claims = {**CLERK.to_claims(), "filler": "x" * MAXIMUM_BYTES}
    header = {"typ": "JWT", "alg": "Ed25519", "kid": key.key_id}
    with pytest.raises(TokenRefusedError, match="登录"):
        read(signed(header, claims, key.private_key.sign), keys, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "ü.b.c",
        "=.=.=",
        "\x00",
        " ",
        "null",
        "\ud800.b.c",
        "é" * 9000,
    ],
)
def test_nonsense_is_refused(text: str, keys: dict[str, str]) -> None:
    with pytest.raises(TokenRefusedError):
        read(text, keys, NOW)


def test_every_mutation_is_refused(token: str, keys: dict[str, str]) -> None:
    chance = random.Random(7)
    alphabet = "ABCDwxyz0189-_.=+/ \né"
    mutants = {
        token[:at] + other + token[at + 1 :]
        for at in range(len(token))
        for other in chance.sample(alphabet, 4)
    }
    mutants |= {token[:-1] + other for other in string.ascii_letters + string.digits + "-_"}
    mutants |= {token[:at] + token[at + 1 :] for at in range(len(token))}
    mutants |= {token[:at] + chance.choice(alphabet) + token[at:] for at in range(len(token) + 1)}
    mutants.discard(token)
    assert len(mutants) > 500

    accepted = []
    for mutant in mutants:
        try:
            read(mutant, keys, NOW)
        except TokenRefusedError:
            continue
        accepted.append(mutant)

    assert accepted == []


def test_the_key_store_keeps_a_session_alive_over_a_change_of_key(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    token = issue(
        CLERK, signing_key=store.signing_key("tokens"), lifetime=LIFETIME, now=NOW, csrf=""
    )
    store.rotate("tokens")

    assert read(token, store.public_keys(), NOW).actor == CLERK
