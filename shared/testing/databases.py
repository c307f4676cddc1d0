"""Databases for tests: empty, one per test, gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, event, pool
from sqlalchemy.engine import URL, make_url

from shared.db.engine import database_url, open_engine
from shared.db.migrate import ensure_database, upgrade
from shared.runtime.module import Module
from shared.testing.database_pool import DatabasePool, on_server

_pools: dict[tuple[URL, str], DatabasePool] = {}
"""Databases at head, for this process to lend: (server, service) → pool."""
_lent: dict[str, DatabasePool] = {}
"""Names of the databases that go back to a pool."""
_made: set[str] = set()
"""Names of the databases that were made empty."""


def database_name() -> str:
    """Return a name no other test, worker or developer uses on the same server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"t_{worker}_{secrets.token_hex(6)}"


def drop_database(server_url: str, name: str) -> None:
    """Drop database `name` on the server, ending the connections to it."""
    on_server(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def temporary_database(server_url: str) -> Iterator[Engine]:
    """Give an engine on an empty database of the server, made as for production; drop it after.

    It is made when somebody first connects to it, as `bring_to_head` needs none.
    """
    name = database_name()
    engine = open_engine(database_url(server_url, name))

    @event.listens_for(engine, "do_connect")
    def make(*_: object) -> None:
        if name not in _made and name not in _lent:
            ensure_database(server_url, name)
            _made.add(name)

    try:
        yield engine
    finally:
        engine.dispose()
        _made.discard(name)
        lender = _lent.pop(name, None)
        if lender is None or not lender.take_back(name):
            drop_database(server_url, name)


def bring_to_head(engine: Engine, module: Module) -> None:
    """Give the new database behind `engine` the schema of `module`, made by its migrations.

    The migrations run once for each process and server; every further database is a copy of what
    they made, or such a copy that another test has left.
    """
    server = _server(engine.url.render_as_string(hide_password=False))
    server_url, key = server.render_as_string(hide_password=False), (server, module.name)
    if key not in _pools:
        name = database_name()
        ensure_database(server_url, name)
        maker = create_engine(database_url(server_url, name), poolclass=pool.NullPool)
        upgrade(maker, module)
        _pools[key] = DatabasePool(server_url, name)
    engine.dispose()
    own = str(engine.url.database)
    if own in _made:
        drop_database(server_url, own)
        _made.remove(own)
    _pools[key].lend(own)
    _lent[own] = _pools[key]


def drop_templates(server_url: str) -> None:
    """Drop what `bring_to_head` made to lend on this server."""
    for server, service in list(_pools):
        if server == _server(server_url):
            for name in _pools.pop((server, service)).close():
                drop_database(server_url, name)


def _server(url: str) -> URL:
    return make_url(database_url(url, "postgres"))
