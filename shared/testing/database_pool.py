"""Databases at head, lent to tests and taken back empty: making one costs a second.

What a test left is deleted row by row, with rules and foreign keys asleep. A database whose shape
has changed in the least, whose first rows are other than its template's, or that has grown large is
not lent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from shared.db.engine import database_url

LARGEST_GROWTH = 32 * 1024 * 1024
"""Bytes; deleting what fills more takes longer than making a new database."""
PATIENCE_MILLISECONDS = 10_000

_SHAPE = text("""
select md5(string_agg(part, ',' order by part)), pg_database_size(current_database()) from (
    select 'class' || oid || '.' || xmin as part from pg_class
    union all select 'attribute' || attrelid || '.' || attnum || '.' || xmin from pg_attribute
    union all select 'constraint' || oid || '.' || xmin from pg_constraint
    union all select 'index' || indexrelid || '.' || xmin from pg_index
    union all select 'trigger' || oid || '.' || xmin from pg_trigger
    union all select 'function' || oid || '.' || xmin from pg_proc
    union all select 'schema' || oid || '.' || xmin from pg_namespace
    union all select 'type' || oid || '.' || xmin from pg_type
    union all select 'default' || oid || '.' || xmin from pg_attrdef
    union all select 'setting' || setconfig::text from pg_db_role_setting
        join pg_database on setdatabase = pg_database.oid and datname = current_database()
) parts
""")
"""Whatever defines or alters something writes a row of the catalogue anew."""

_TABLES = text("""
select oid::regclass::text from pg_class
where relkind = 'r' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
order by 1
""")

_OTHERS = text("""
select pg_terminate_backend(pid, :patience) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
""")

_RESTART = text("""
select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
from pg_sequences where last_value is not null
""")

T = TypeVar("T")


class DatabasePool:
    """Copies of one template on one server."""

    def __init__(self, server_url: str, template: str) -> None:
        """Look at the template once: what its copies have to be when they come back."""
        self.template = template
        self._server_url = server_url
        self._idle: list[str] = []
        self._shape, self._size = self._inside(template, _shape_and_size)
        self._filled, self._empty = self._inside(template, _tables_of)
        self._content = self._inside(template, self._content_of)
        self._filled_now = text(
            " union all ".join(
                f"select '{each}' where exists (select from {each})"  # noqa: S608 (our tables)
                for each in self._empty
            )
        )

    def lend(self, name: str) -> None:
        """Make database `name`: one that came back, or a new copy."""
        if self._idle:
            on_server(self._server_url, f'ALTER DATABASE "{self._idle.pop()}" RENAME TO "{name}"')
        else:
            on_server(self._server_url, f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')

    def take_back(self, name: str) -> bool:
        """Empty database `name` for the next; false when it has to be dropped."""
        spare = f"{self.template}_{secrets.token_hex(4)}"
        try:
            if not self._inside(name, self._emptied):
                return False
            on_server(self._server_url, f'ALTER DATABASE "{name}" RENAME TO "{spare}"')
        except DBAPIError:  # somebody came back to it, or it is in a state we do not know
            return False
        self._idle.append(spare)
        return True

    def close(self) -> list[str]:
        """Return the databases to drop; none is lent any more."""
        names, self._idle = [*self._idle, self.template], []
        return names

    def _emptied(self, connection: Connection) -> bool:
        """Send everybody else away and delete what the template has not."""
        connection.execute(_OTHERS, {"patience": PATIENCE_MILLISECONDS}).all()
        shape, size = _shape_and_size(connection)
        is_alike = shape == self._shape and self._content_of(connection) == self._content
        if not is_alike or size > self._size + LARGEST_GROWTH:
            return False
        connection.exec_driver_sql("set local session_replication_role = replica")
        for table in connection.scalars(self._filled_now).all():
            connection.exec_driver_sql(f"delete from {table}")  # noqa: S608 (our tables)
        connection.execute(_RESTART).all()
        return True

    def _content_of(self, connection: Connection) -> list[str]:
        """Return a digest of each table that is not empty in the template."""
        digest = "select md5(string_agg(row::text, ',' order by row::text)) from {table} row"
        found = (connection.exec_driver_sql(digest.format(table=each)) for each in self._filled)
        return [str(each.scalar_one()) for each in found]

    def _inside(self, name: str, act: Callable[[Connection], T]) -> T:
        engine = create_engine(database_url(self._server_url, name), poolclass=pool.NullPool)
        with engine.begin() as connection:
            return act(connection)


def on_server(server_url: str, *statements: str) -> None:
    """Run statements outside any database of ours and outside any transaction."""
    engine = create_engine(
        database_url(server_url, "postgres"),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _shape_and_size(connection: Connection) -> tuple[str, int]:
    return connection.execute(_SHAPE).one()


def _tables_of(connection: Connection) -> tuple[list[str], list[str]]:
    """Return the tables with rows and those without."""
    filled: list[str] = []
    empty: list[str] = []
    for table in connection.scalars(_TABLES).all():
        query = f"select exists (select from {table})"  # noqa: S608 (our tables)
        has_rows = connection.exec_driver_sql(query).scalar_one()
        (filled if has_rows else empty).append(table)
    return filled, empty
