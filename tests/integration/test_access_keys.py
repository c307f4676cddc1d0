from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import shared.events.oversight
from shared.access.actor import Actor
from shared.access.keys import (
    RevokedSessionRow,
    UntrustworthyKeyError,
    is_revoked,
    learn_revocation,
    learn_signing_key,
    public_keys,
)
from shared.crypto.keys import KeyStore, SigningKey
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.events.envelope import Event
from shared.ids import new_id
from shared.testing.clock import FrozenClock

SAMPLES = Path(shared.events.oversight.__file__).parent / "samples"
ACTOR = Actor.system("target_svc", "511621")


def sample(name: str) -> Event:
    return Event.from_json(json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8")))


PUBLISHED = sample("oversight.signing_key.published.v1")
REVOKED = sample("oversight.session.revoked.v1")


@pytest.fixture
def database(
    new_database: Callable[[str], Engine], postgres_url: str, frozen_clock: FrozenClock
) -> Database:
    database = Database(new_database(postgres_url), "target_svc", frozen_clock)
    FRAME_METADATA.create_all(database.engine)
    return database


def published(key: SigningKey, hour: int, **changes: Any) -> Event:
    data = {
        "kid": key.key_id,
        "public_pem": key.public_pem,
        "algorithm": key.algorithm,
        "valid_from": f"2023-10-10T{hour:02d}:00:00+00:00",
    }
    return replace(PUBLISHED, data={**data, **changes})


def learn(database: Database, event: Event) -> None:
    handler = learn_signing_key if event.type == PUBLISHED.type else learn_revocation
    with database.begin() as uow:
        handler(uow, database.clock, ACTOR, event)


def trusted(database: Database) -> set[str]:
    with database.read() as session:
        return set(public_keys(session))


def test_a_published_key_is_trusted_once(database: Database) -> None:
    learn(database, PUBLISHED)
    learn(database, PUBLISHED)

    with database.read() as session:
        assert public_keys(session) == {PUBLISHED.data["kid"]: PUBLISHED.data["public_pem"]}


@pytest.mark.parametrize("order", [(0, 1, 2, 0), (2, 1, 0), (1, 0, 2), (0, 2, 1, 1)])
def test_the_two_newest_keys_are_trusted_in_whatever_order_they_come(
    database: Database, tmp_path: Path, order: tuple[int, ...]
) -> None:
    store = KeyStore(tmp_path)
    made = [store.rotate("tokens") for _ in range(3)]
    for number in order:
        learn(database, published(made[number], hour=number))

    assert trusted(database) == {made[1].key_id, made[2].key_id}


def test_a_key_under_anothers_id_is_refused(database: Database, tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    key, other = store.signing_key("tokens"), store.signing_key("trail")
    for bad in (
        published(key, 1, kid=other.key_id),
        published(key, 1, public_pem=other.public_pem),
        published(key, 1, public_pem="no key"),
        published(key, 1, algorithm="none"),
    ):
        with pytest.raises(UntrustworthyKeyError):
            learn(database, bad)
    assert trusted(database) == set()


def test_a_revoked_session_stays_revoked_until_it_would_have_expired(
    database: Database, frozen_clock: FrozenClock
) -> None:
    first, later = new_id(), new_id()
    expiry = frozen_clock.now() + timedelta(hours=8)
    data = {**REVOKED.data, "session_id": str(first), "expires_at": expiry.isoformat()}
    learn(database, replace(REVOKED, data=data))
    learn(database, replace(REVOKED, data=data))
    with database.read() as session:
        assert is_revoked(session, first)
        assert not is_revoked(session, later)

    frozen_clock.advance(timedelta(hours=9))
    expiry += timedelta(hours=9)
    data = {**data, "session_id": str(later), "expires_at": expiry.isoformat()}
    learn(database, replace(REVOKED, data=data))
    with database.read() as session:
        assert is_revoked(session, later)
        assert session.scalar(select(func.count()).select_from(RevokedSessionRow)) == 1
