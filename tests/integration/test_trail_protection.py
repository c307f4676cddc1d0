from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from shared.access.actor import Actor
from shared.crypto.keys import KeyStore
from shared.crypto.providers import open_crypto
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.testing.clock import FrozenClock
from shared.trail.heads import publish_head
from shared.trail.protection import protection_sql
from shared.trail.record import Act
from shared.trail.sealer import seal_once

REFUSED = (
    "UPDATE trail SET comment = 'x'",
    "UPDATE trail SET comment = 'x', position = 9, digest = 'd' WHERE position IS NULL",
    """UPDATE trail SET after = '{"n": 1.0}', position = 9, digest = 'd' WHERE position IS NULL""",
    "UPDATE trail SET position = 9 WHERE position IS NULL",
    "UPDATE trail SET digest = 'd' WHERE position IS NULL",
    "UPDATE trail SET comment = comment WHERE position IS NULL",
    "UPDATE trail SET digest = 'd' WHERE position = 1",
    "UPDATE trail SET position = NULL, digest = NULL WHERE position = 1",
    "UPDATE trail SET position = 9, digest = 'd' WHERE position = 1",
    "DELETE FROM trail WHERE position IS NULL",
    "DELETE FROM trail",
    "TRUNCATE trail",
    "TRUNCATE trail_head",
    "DELETE FROM trail_head",
    "UPDATE trail_head SET digest = 'd'",
    """INSERT INTO trail SELECT (jsonb_populate_record(trail, jsonb_build_object(
       'record_id', gen_random_uuid(), 'position', 9))).* FROM trail WHERE position = 1""",
)


@pytest.fixture
def unprotected(
    new_database: Callable[[str], Engine],
    any_postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> Database:
    """A trail with a sealed, an unsealed record and a head, without the triggers."""
    database = Database(new_database(any_postgres_url), "target_svc", frozen_clock)
    FRAME_METADATA.create_all(database.engine)
    _record(database)
    crypto = open_crypto("sm3", KeyStore(tmp_path), "trail")
    seal_once(database, crypto)
    publish_head(database, crypto, tmp_path)
    _record(database)
    return database


def _record(database: Database) -> None:
    with database.begin() as uow:
        uow.record(
            Actor.system("target_svc", "511621"),
            Act("target.target.submit", "target", new_id(), "目标", "511621", after={"n": 1}),
        )


def _refused(engine: Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except IntegrityError as error:
            return "append-only" in str(error)
        finally:
            connection.rollback()
    return False


def test_the_database_refuses_to_change_the_trail(unprotected: Database) -> None:
    engine = unprotected.engine
    assert not any(_refused(engine, statement) for statement in REFUSED)

    with engine.begin() as connection:
        connection.exec_driver_sql(protection_sql())

    let_through = [statement for statement in REFUSED if not _refused(engine, statement)]
    assert let_through == []


def test_the_database_lets_acts_be_written_and_sealed_once(
    unprotected: Database, tmp_path: Path
) -> None:
    with unprotected.engine.begin() as connection:
        connection.exec_driver_sql(protection_sql())
    _record(unprotected)
    crypto = open_crypto("sm3", KeyStore(tmp_path), "trail")

    assert seal_once(unprotected, crypto) == 2
    with unprotected.read() as session:
        assert session.scalar(text("SELECT max(position) FROM trail")) == 3
