"""A machine client with a registered key must sign; replays are refused; answers are signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from finding_county import FindingCounty, open_county
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.oversight_svc.usecases.client_keys import AddClientKey, add_client_key
from services.oversight_svc.usecases.clients import RegisterClient, register_client
from shared.access.actor import Actor
from shared.crypto.keys import KeyStore, SigningKey
from shared.errors import InvalidInputError
from shared.ids import new_id
from shared.observability.metrics import METRICS
from shared.web.message_signatures import (
    SignedAnswer,
    SignedRequest,
    content_digest,
    sign_request,
    verify_answer,
)

API = "/oversight/api/v1/sharing"


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


@pytest.fixture
def system(county: FindingCounty) -> Actor:
    command = RegisterClient("审计业务系统", "audit_system")
    client, _ = county.do(register_client, county.actor("security_admin"), command)
    actor = county.actor("audit_system")
    return replace(actor, account_id=client.client_id, session_id=None, is_machine=True)


def _key(tmp_path: Path, name: str) -> SigningKey:
    return KeyStore(tmp_path / name).signing_key("client")


def _register(county: FindingCounty, system: Actor, key: SigningKey) -> None:
    assert system.account_id
    command = AddClientKey(system.account_id, key.public_pem)
    assert county.do(add_client_key, county.actor("security_admin"), command) == key.key_id


def _request(
    county: FindingCounty, system: Actor, key: SigningKey, *, body: bytes = b"", nonce: str = ""
) -> SignedRequest:
    token = county.tokens.token_for(system)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = f"http://localhost{API}/requests" + ("" if body else "?limit=5")
    request = SignedRequest("POST" if body else "GET", path, headers, body)
    nonce = nonce or str(new_id())
    return replace(request, headers=sign_request(request, key, nonce=nonce, now=county.clock.now()))


def _send(county: FindingCounty, request: SignedRequest) -> TestResponse:
    return county.app.test_client(use_cookies=False).open(
        request.url.removeprefix("http://localhost"),
        method=request.method,
        headers=dict(request.headers),
        data=request.body,
    )


def _refused() -> float:
    """Return how many refused signatures Prometheus would see."""
    labels = {"service": "oversight_svc", "reason": "signature_refused"}
    return METRICS.get_sample_value("exchange_refused_total", labels) or 0.0


def _code(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, (answer.json or {}).get("code")


def test_a_signed_request_gets_a_signed_answer_and_counts_once(
    county: FindingCounty, system: Actor, tmp_path: Path
) -> None:
    key = _key(tmp_path, "first")
    plain = {"Authorization": f"Bearer {county.tokens.token_for(system)}"}
    client = county.app.test_client(use_cookies=False)
    assert client.get(f"{API}/requests", headers=plain).status_code == 200  # no key yet
    _register(county, system, key)
    refused = _refused()
    assert _code(client.get(f"{API}/requests", headers=plain)) == (401, "signature_refused")
    assert _refused() == refused + 1
    request = _request(county, system, key)
    answer = _send(county, request)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Digest"] == content_digest(answer.data)
    pem = _send(county, replace(request, headers={}))  # nobody: not signed in
    assert pem.status_code == 401
    assert "Signature" not in pem.headers
    ours = KeyStore(county.settings.data_dir / "keys").signing_key("sharing")  # type: ignore[operator]
    signed = SignedAnswer(200, request, dict(answer.headers))
    assert verify_answer(signed, {ours.key_id: ours.public_pem}, county.clock.now())
    again = _send(county, request)
    assert _code(again) == (401, "signature_refused")
    assert "重放" in again.json["detail"]
    county.clock.advance(timedelta(seconds=301))
    assert "300 秒" in _send(county, request).json["detail"]


def test_writes_are_bound_to_their_body(
    county: FindingCounty, system: Actor, tmp_path: Path
) -> None:
    key = _key(tmp_path, "first")
    _register(county, system, key)
    body = b'{"entries": {"target": ["annual_goal"]}, "years": [2023], "purpose": "\xe9\xa2\x84\xe7\xae\x97\xe6\x89\xa7\xe8\xa1\x8c\xe5\xae\xa1\xe8\xae\xa1", "basis": "1", "wanted_until": "2024-06-30"}'  # noqa: E501
    request = _request(county, system, key, body=body)
    changed = replace(request, body=body.replace(b"2024-06-30", b"2024-07-30"))
    assert _code(_send(county, changed)) == (401, "signature_refused")
    assert _send(county, request).status_code == 201
    refused = _send(county, _request(county, system, key, body=b"{}"))
    assert refused.status_code == 422
    assert refused.headers["Signature"]  # a refusal is proof too


def test_keys_change_without_a_gap(county: FindingCounty, system: Actor, tmp_path: Path) -> None:
    keys = [_key(tmp_path, name) for name in ("first", "second", "third")]
    for key in keys:
        _register(county, system, key)
        county.clock.advance(timedelta(seconds=1))
    answers = [_send(county, _request(county, system, key)).status_code for key in keys]
    assert answers == [401, 200, 200]
    with pytest.raises(InvalidInputError):
        _register(county, system, keys[0])
    assert system.account_id
    wrong = AddClientKey(system.account_id, "-----BEGIN PRIVATE KEY-----")
    with pytest.raises(InvalidInputError):
        county.do(add_client_key, county.actor("security_admin"), wrong)
