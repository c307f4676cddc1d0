"""Signed requests between agencies: genuine ones pass, 600 mutated ones do not; so answers."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.crypto.keys import KeyStore, SigningKey
from shared.web import message_signatures
from shared.web.message_signatures import (
    SignatureRefusedError,
    SignedAnswer,
    SignedRequest,
    content_digest,
    sign_answer,
    sign_request,
    verify_answer,
    verify_request,
)

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
NONCE = "0192f0c0-0000-7000-8000-000000000001"
URL = "http://finance.example/oversight/api/v1/sharing/deliveries/1/receipt?entry=target"
MUTATIONS = 600


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("client")).signing_key("client")


@pytest.fixture(scope="module")
def thief(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("thief")).signing_key("client")


def _signed(
    key: SigningKey, body: bytes = b'{"digests":{}}', method: str = "POST"
) -> SignedRequest:
    request = SignedRequest(method, URL, {"Content-Type": "application/json"}, body)
    return replace(request, headers=sign_request(request, key, nonce=NONCE, now=NOW))


def _accepts(request: SignedRequest, keys: dict[str, str], now: datetime = NOW) -> bool:
    try:
        verify_request(request, keys, now)
    except SignatureRefusedError:
        return False
    return True


def test_a_genuine_request_passes_with_or_without_a_body(key: SigningKey) -> None:
    keys = {key.key_id: key.public_pem}
    verified = verify_request(_signed(key), keys, NOW)
    assert (verified.key_id, verified.nonce, verified.created) == (key.key_id, NONCE, NOW)
    assert _accepts(_signed(key, b"", "GET"), keys)


def test_the_window_is_ours_to_measure(key: SigningKey) -> None:
    keys = {key.key_id: key.public_pem}
    for seconds, good in ((-301, False), (-300, True), (300, True), (301, False)):
        assert _accepts(_signed(key), keys, NOW + timedelta(seconds=seconds)) is good


def _flip_byte(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    other = dice.choice([sign for sign in "abcXYZ019/+=" if sign != text[at]])
    return text[:at] + other + text[at + 1 :]


def _mutated(  # noqa: PLR0911 (one for each kind)
    request: SignedRequest, dice: random.Random
) -> tuple[str, SignedRequest]:
    headers = dict(request.headers)
    kind = dice.choice(("method", "target", "authority", "body", "cut", "digest", "signature",
                        "input", "drop", "both"))  # fmt: skip
    if kind == "method":
        return kind, replace(request, method=dice.choice(("GET", "PUT", "DELETE", "PATCH")))
    if kind == "target":
        place = request.url.index("/oversight")
        return kind, replace(request, url=request.url[:place] + "/x" + request.url[place:])
    if kind == "authority":
        return kind, replace(request, url=request.url.replace("finance", f"f{dice.random()}"))
    if kind == "body":
        at = dice.randrange(len(request.body))
        body = bytearray(request.body)
        body[at] ^= dice.randrange(1, 256)
        return kind, replace(request, body=bytes(body))
    if kind == "cut":
        return kind, replace(request, body=request.body[: dice.randrange(len(request.body))])
    if kind == "both":  # another body with a digest that fits it
        headers["Content-Digest"] = content_digest(b"{}")
        return kind, replace(request, body=b"{}", headers=headers)
    names = {"digest": "Content-Digest", "signature": "Signature", "input": "Signature-Input"}
    name = names.get(kind) or dice.choice(list(names.values()))
    if kind == "drop":
        del headers[name]
    else:
        headers[name] = _flip_byte(headers[name], dice)
    return kind, replace(request, headers=headers)


def _missed(key: SigningKey, times: int) -> Counter[str]:
    request, keys, passed = _signed(key), {key.key_id: key.public_pem}, Counter[str]()
    for seed in range(times):
        kind, mutated = _mutated(request, random.Random(seed))
        if mutated != request and _accepts(mutated, keys):
            passed[kind] += 1
    return passed


def test_every_mutation_is_refused(key: SigningKey) -> None:
    assert _missed(key, MUTATIONS) == Counter()


def test_a_planted_bug_is_noticed(key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_signatures, "REQUEST_PARTS", ())
    signed = _signed(key)
    assert _accepts(replace(signed, method="PUT"), {key.key_id: key.public_pem})


def test_only_the_keys_given_count_and_two_may_be_good_at_once(
    key: SigningKey, thief: SigningKey
) -> None:
    assert not _accepts(_signed(thief), {key.key_id: key.public_pem})
    assert not _accepts(_signed(thief), {thief.key_id: key.public_pem})
    both = {key.key_id: key.public_pem, thief.key_id: thief.public_pem}
    assert _accepts(_signed(thief), both)
    assert _accepts(_signed(key), both)


def test_a_nonce_has_a_length(key: SigningKey) -> None:
    request = SignedRequest("GET", URL, {})
    for nonce in ("short", "x" * 201):
        headers = sign_request(request, key, nonce=nonce, now=NOW)
        signed = replace(request, headers=headers)
        assert not _accepts(signed, {key.key_id: key.public_pem})


def test_an_answer_is_bound_to_its_request(key: SigningKey) -> None:
    request, body = _signed(key), b"{}"
    answer = SignedAnswer(200, request, {"Content-Digest": content_digest(body)})
    sign_answer(answer, key, nonce=NONCE, now=NOW)
    keys = {key.key_id: key.public_pem}
    assert verify_answer(answer, keys, NOW) == NONCE
    other: list[Any] = [
        replace(answer, status_code=201),
        replace(answer, request=replace(request, url=f"{URL}2")),
        replace(answer, headers={**answer.headers, "Content-Digest": content_digest(b"[]")}),
    ]
    for changed in other:
        with pytest.raises(SignatureRefusedError):
            verify_answer(changed, keys, NOW)


def test_the_reason_says_what_to_look_at(key: SigningKey, tmp_path: Path) -> None:
    keys = {key.key_id: key.public_pem}
    with pytest.raises(SignatureRefusedError, match="300 秒"):
        verify_request(_signed(key), keys, NOW + timedelta(hours=1))
    with pytest.raises(SignatureRefusedError, match="缺少签名"):
        verify_request(SignedRequest("GET", URL, {}), keys, NOW)
