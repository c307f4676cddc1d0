"""Databases of a measurement: made on the server tests use, cloned for each run, dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine

from services.target_svc.module import MODULE
from shared.db.engine import database_url, open_engine
from shared.db.migrate import upgrade
from shared.runtime.module import Module
from shared.testing.database_pool import on_server
from shared.testing.databases import drop_database, temporary_database


@contextmanager
def service_database(server: str, module: Module = MODULE) -> Iterator[Engine]:
    """Give an empty database with a service's tables, indexes and guards: the target service's."""
    with temporary_database(server) as engine:
        upgrade(engine, module)
        yield engine


@contextmanager
def clone(server: str, original: Engine) -> Iterator[Engine]:
    """Give a copy of a database nobody is connected to; written out, so that runs start alike."""
    name = f"t_bench_{secrets.token_hex(6)}"
    original.dispose()
    source = original.url.database
    on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{source}"', "CHECKPOINT")
    engine = open_engine(database_url(server, name))
    try:
        yield engine
    finally:
        engine.dispose()
        drop_database(server, name)


def program_url(url: URL) -> str:
    """Return the address as psql takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
