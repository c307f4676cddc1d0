"""Loading many rows fast: COPY on the session's own connection, in its transaction."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from psycopg import Connection as ServerConnection
from psycopg import sql
from sqlalchemy import Connection, Table, text
from sqlalchemy.orm import DeclarativeBase, Session

Convert = Callable[[Any], Any]


class JsonText(str):
    """A value of a JSON column, already written out: another thread may do so beforehand."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> JsonText:  # noqa: ANN401 (whatever a JSON column takes)
        """Return `value` as the server reads it."""
        return cls(json.dumps(value))


def copy_rows(
    target: Session | Connection,
    table: Table | type[DeclarativeBase],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    """Append `rows` (values in the order of `columns`) to `table`; return how many there were.

    Values are those the mapped class takes: `Decimal`, `date`, `UUID`, dictionaries and lists for
    JSON columns (or `JsonText`); `None` is NULL, in JSON columns too. `rows` is read as it goes,
    never held whole. Columns not named get the table's server defaults; Python-side defaults are
    not applied. All rows are there or none: raises `psycopg.Error` for values the table refuses,
    after which the transaction can only be rolled back, and `KeyError` for a column the table does
    not have.
    """
    described = table if isinstance(table, Table) else cast("Table", table.__table__)
    if isinstance(target, Session):
        target.flush()  # rows the new ones refer to go first
        connection = target.connection()
    else:
        connection = target
    processors = [
        described.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for name in columns
    ]
    names = [part for part in (described.schema, described.name) if part]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*names), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    server: ServerConnection[Any] | None = connection.connection.driver_connection
    if server is None:  # the pool gives a connection it has just opened
        raise RuntimeError("the session's connection is closed")
    return _copy(server, statement, processors, rows)


def refresh_statistics(session: Session, table: type[DeclarativeBase]) -> None:
    """Tell the planner what has just been loaded into `table`, before rows refer to it.

    Without statistics every index beginning with region and budget year looks equally good, and
    the check of a foreign key may read all rows of the year for each row that refers to it. Where
    somebody else is refreshing them, nothing waits.
    """
    name = session.get_bind().dialect.identifier_preparer.format_table(
        cast("Table", table.__table__)
    )
    session.execute(text(f"ANALYZE (SKIP_LOCKED) {name}"))


@contextmanager
def keys_checked_last(session: Session, table: type[DeclarativeBase]) -> Iterator[None]:
    """Let rows of `table` come before the rows they refer to; the end of the block checks them.

    Raises `sqlalchemy.exc.IntegrityError` then. Only keys declared `deferrable` can wait.
    """
    prepared = session.get_bind().dialect.identifier_preparer
    keys = ", ".join(
        prepared.quote(str(key.name))
        for key in cast("Table", table.__table__).foreign_key_constraints
        if key.deferrable
    )
    session.execute(text(f"SET CONSTRAINTS {keys} DEFERRED"))
    yield
    session.execute(text(f"SET CONSTRAINTS {keys} IMMEDIATE"))


def allow_seconds(session: Session, seconds: int) -> None:
    """Let a statement of this transaction last longer: COPY waits for rows still being made."""
    session.execute(text(f"SET LOCAL statement_timeout = '{seconds}s'"))


@contextmanager
def collection_paused() -> Iterator[None]:
    """Keep the cyclic collector still while many rows are built.

    Rows hold no cycles, yet each hundred thousand of them makes the collector walk all the others
    again: a sixth of an import's time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _copy(
    server: ServerConnection[Any],
    statement: sql.Composed,
    processors: Sequence[Convert | None],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    converted = [(at, convert) for at, convert in enumerate(processors) if convert is not None]
    count = 0
    with server.cursor() as cursor, cursor.copy(statement) as copy:
        for count, row in enumerate(rows, start=1):
            if len(row) != len(processors):
                raise ValueError(f"row {count} has {len(row)} values, not {len(processors)}")
            if converted:
                values = list(row)
                for at, convert in converted:
                    value = values[at]
                    if value is not None and type(value) is not JsonText:
                        values[at] = convert(value)
                copy.write_row(values)
            else:
                copy.write_row(row)
    return count
