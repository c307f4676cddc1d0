"""Real tokens against a service's own copies of the keys and of the sessions that were ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from notes_world import NOTES, notes_client, with_notes
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.access.keys import RevokedSessionRow, VerificationKeyRow
from shared.access.tokens import issue
from shared.crypto.keys import ED25519, KeyStore, SigningKey
from shared.testing.clock import FrozenClock
from shared.testing.web import CSRF, actor_with, bearer, cookie


@pytest.fixture
def engine(postgres_url: str, new_database: Callable[[str], Engine]) -> Engine:
    return with_notes(new_database(postgres_url))


@pytest.fixture
def key(engine: Engine, frozen_clock: FrozenClock, tmp_path: Path) -> SigningKey:
    return _published(engine, frozen_clock, KeyStore(tmp_path).signing_key("tokens"))


def _published(engine: Engine, clock: FrozenClock, key: SigningKey) -> SigningKey:
    with Session(engine) as session, session.begin():
        row = VerificationKeyRow(kid=key.key_id, public_pem=key.public_pem, algorithm=ED25519)
        row.valid_from = clock.now()
        session.add(row)
    return key


def _token(actor: Actor, key: SigningKey, clock: FrozenClock) -> str:
    half_an_hour = timedelta(minutes=30)
    return issue(actor, signing_key=key, lifetime=half_an_hour, now=clock.now(), csrf=CSRF)


def test_tokens_open_until_expired_revoked_or_cut_off(
    engine: Engine, frozen_clock: FrozenClock, key: SigningKey
) -> None:
    client = notes_client(engine, frozen_clock, migrated=True)
    actor = actor_with("unit_operator")

    def token() -> str:
        return _token(actor, key, frozen_clock)

    def status(headers: dict[str, str]) -> int:
        return int(client.get(NOTES, headers=headers).status_code)

    first = token()
    assert status(bearer(first)) == status(cookie(first)) == 200
    assert status(bearer(first[:-2] + "AA")) == 401
    posted = client.post(NOTES, headers=cookie(first), json={"text": "a", "rank": 1})
    assert posted.status_code == 403
    frozen_clock.advance(timedelta(minutes=31))
    assert status(bearer(first)) == 401
    second = token()
    assert status(bearer(second)) == 200
    with Session(engine) as session, session.begin():
        row = session.get_one(VerificationKeyRow, key.key_id)
        row.retired_at = frozen_clock.now()
    assert status(bearer(second)) == 401
    with Session(engine) as session, session.begin():
        session.get_one(VerificationKeyRow, key.key_id).retired_at = None
        assert actor.session_id is not None
        now = frozen_clock.now()
        session.add(RevokedSessionRow(session_id=actor.session_id, revoked_at=now, expires_at=now))
    assert status(bearer(second)) == 401


def test_a_key_published_while_the_service_runs_is_known_at_its_first_token(
    engine: Engine, frozen_clock: FrozenClock, key: SigningKey, tmp_path: Path
) -> None:
    client = notes_client(engine, frozen_clock, migrated=True)

    def status(signing_key: SigningKey) -> int:
        token = _token(actor_with("unit_operator"), signing_key, frozen_clock)
        return int(client.get(NOTES, headers=bearer(token)).status_code)

    assert status(key) == 200
    newer = KeyStore(tmp_path).rotate("tokens")
    assert status(newer) == 401
    _published(engine, frozen_clock, newer)
    assert status(newer) == status(key) == 200
