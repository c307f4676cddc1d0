"""Engines: one per service database, the same settings everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

STATEMENT_TIMEOUT = "30s"
LOCK_TIMEOUT = "5s"


@dataclass(frozen=True, slots=True)
class PoolSize:
    """Connections kept and the most opened above them."""

    kept: int = 4
    above: int = 8


def database_url(server: str, name: str) -> URL:
    """Return the address of database `name` on `server` (any database's address on it)."""
    return make_url(server).set(drivername="postgresql+psycopg", database=name)


def open_engine(url: URL, pool: PoolSize = PoolSize()) -> Engine:
    """Return an engine on PostgreSQL ≥ 15 that fails fast instead of hanging.

    Connects lazily; sessions work in UTC with statement and lock timeouts.
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
        " -c idle_in_transaction_session_timeout=120s"
    )
    return create_engine(
        url,
        pool_size=pool.kept,
        max_overflow=pool.above,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "wenxiao"},
    )
