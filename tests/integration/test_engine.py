"""A kept connection is lent without a question, and replaced when its server has gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text

from shared.db.engine import PoolSize, open_engine
from shared.testing.database_pool import on_server


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """Keeps one connection, so that the next borrower gets the one before."""
    url = make_url(postgres_url).set(drivername="postgresql+psycopg")
    opened = open_engine(url, PoolSize(kept=1, above=0))
    yield opened
    opened.dispose()


@pytest.fixture
def watcher(engine: Engine) -> Iterator[Engine]:
    opened = open_engine(engine.url)
    yield opened
    opened.dispose()


def _backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("select pg_backend_pid()")).scalar_one())


def test_a_connection_is_kept(engine: Engine) -> None:
    assert _backend(engine) == _backend(engine)


def test_a_connection_the_server_ended_is_replaced(engine: Engine, postgres_url: str) -> None:
    ended = _backend(engine)
    on_server(postgres_url, f"select pg_terminate_backend({ended}, 10000)")
    assert _backend(engine) != ended


def test_a_connection_that_was_told_something_is_kept(engine: Engine, postgres_url: str) -> None:
    """What waits to be read is a notice, not a farewell."""
    listening = _backend(engine)
    with engine.connect() as connection:
        connection.execute(text("listen hearsay"))
        connection.commit()
    on_server(postgres_url, "notify hearsay")
    assert _backend(engine) == listening


def test_lending_asks_the_server_nothing(engine: Engine, watcher: Engine) -> None:
    pid = _backend(engine)
    asked = text("select query_start from pg_stat_activity where pid = :pid")
    with watcher.connect() as watching:
        before = watching.execute(asked, {"pid": pid}).scalar_one()
        watching.rollback()
        with engine.connect():
            assert watching.execute(asked, {"pid": pid}).scalar_one() == before
