"""Engines: one per service database, the same settings everywhere."""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import OperationalError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError

if TYPE_CHECKING:
    from psycopg import Connection

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

    Connects lazily; sessions work in UTC with statement and lock timeouts. A kept connection whose
    server has gone is noticed when it is lent, and replaced.
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
        " -c idle_in_transaction_session_timeout=120s"
    )
    engine = create_engine(
        url,
        pool_size=pool.kept,
        max_overflow=pool.above,
        pool_timeout=10,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "wenxiao"},
    )
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(connection: Connection[Any], _record: object, _lent: object) -> None:
    """Raise `InvalidatePoolError`, upon which the pool connects anew, when the server has gone.

    An idle connection has nothing to be read unless the server said farewell, closed it, or told
    something else in between; only then it is worth a question. To ask each time, as the pool's own
    check does, takes longer than many a query.
    """
    try:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN)
        if poller.poll(0):
            connection.execute("select 1")
            connection.rollback()
    except OperationalError as error:
        raise InvalidatePoolError from error
