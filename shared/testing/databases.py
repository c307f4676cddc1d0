"""Databases for tests: empty, one per test, gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, pool

from shared.db.engine import database_url, open_engine
from shared.db.migrate import ensure_database


def database_name() -> str:
    """Return a name no other test, worker or developer uses on the same server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"t_{worker}_{secrets.token_hex(6)}"


def drop_database(server_url: str, name: str) -> None:
    """Drop database `name` on the server, ending the connections to it."""
    maker = create_engine(
        database_url(server_url, "postgres"),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with maker.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def temporary_database(server_url: str) -> Iterator[Engine]:
    """Give an engine on an empty database of the server, made as for production; drop it after."""
    name = database_name()
    ensure_database(server_url, name)
    engine = open_engine(database_url(server_url, name))
    try:
        yield engine
    finally:
        engine.dispose()
        drop_database(server_url, name)
