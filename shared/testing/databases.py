"""Databases for tests: empty, one per test, gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, pool
from sqlalchemy.engine import URL, make_url

from shared.db.engine import database_url, open_engine
from shared.db.migrate import ensure_database, upgrade
from shared.runtime.module import Module

_templates: dict[tuple[URL, str], str] = {}
"""Databases at head, for this process to copy: (server, service) → name."""


def database_name() -> str:
    """Return a name no other test, worker or developer uses on the same server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"t_{worker}_{secrets.token_hex(6)}"


def drop_database(server_url: str, name: str) -> None:
    """Drop database `name` on the server, ending the connections to it."""
    _on_server(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(server_url: str, *statements: str) -> None:
    maker = create_engine(
        database_url(server_url, "postgres"),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with maker.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


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


def bring_to_head(engine: Engine, module: Module) -> None:
    """Give the empty database behind `engine` the schema of `module`, made by its migrations.

    The migrations run once for each process and server; every further database is a copy of what
    they made, which takes a tenth of the time.
    """
    server_url = engine.url.render_as_string(hide_password=False)
    key = (_server(server_url), module.name)
    if key not in _templates:
        name = database_name()
        ensure_database(server_url, name)
        maker = create_engine(database_url(server_url, name), poolclass=pool.NullPool)
        upgrade(maker, module)
        _templates[key] = name
    engine.dispose()
    own = engine.url.database
    _on_server(
        server_url,
        f'DROP DATABASE "{own}"',
        f'CREATE DATABASE "{own}" TEMPLATE "{_templates[key]}"',
    )


def drop_templates(server_url: str) -> None:
    """Drop what `bring_to_head` made to copy from on this server."""
    for server, service in list(_templates):
        if server == _server(server_url):
            drop_database(server_url, _templates.pop((server, service)))


def _server(url: str) -> URL:
    return make_url(database_url(url, "postgres"))
