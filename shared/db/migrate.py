"""Bringing the databases to the schema this version needs.

Alembic does the work, set up here without an ini file. Each migration is one transaction; an
advisory lock lets many processes start at once; short lock and statement timeouts make a migration
that cannot get its table give up instead of stopping the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg import errors as server_errors
from sqlalchemy import Connection, Engine, MetaData, create_engine, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shared.db.base import FRAME_METADATA
from shared.db.engine import database_url
from shared.errors import UnavailableError
from shared.runtime.module import Module

ADVISORY_LOCK = 0x77656E78
"""The same number in every database: "wenx"."""
QUEUE_TIMEOUT = "300s"
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"
BUILTIN_COLLATION_SINCE = 170000
CODE_POINT_ORDER = frozenset(
    {("b", "C"), ("b", "C.UTF-8"), ("c", "C"), ("c", "POSIX"), ("c", "C.UTF-8"), ("c", "C.utf8")}
)
"""Locale provider (built in or the system's library) and collation that sort alike everywhere."""


class MigrationError(UnavailableError):
    """A migration did not go through; the database is at the last migration that did."""

    code = "migration_failed"
    sentence = (
        "数据库 {database} 升级没有完成：{reason}；已完成的步骤保留，处理后重新运行即可继续。"
    )


class DatabaseRefusedError(UnavailableError):
    """The server does not let us make a database, or the existing one cannot be used."""

    code = "database_refused"
    sentence = (
        "不能使用数据库 {database}：{reason}。请数据库管理员执行："
        "CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'，"
        "并把它交给本程序的数据库用户。"
    )


def migrate(server_url: str, modules: Iterable[Module]) -> None:
    """Make the databases of `modules` when missing, and bring each to its newest schema.

    `server_url` is any database's address on the server. Safe to run again and by many processes
    at once. Raises `DatabaseRefusedError` or `MigrationError`.
    """
    for module in modules:
        ensure_database(server_url, module.database_name)
        engine = create_engine(
            database_url(server_url, module.database_name),
            poolclass=pool.NullPool,
            connect_args={"connect_timeout": 5, "application_name": "wenxiao migrate"},
        )
        upgrade(engine, module)


def ensure_database(server_url: str, name: str) -> None:
    """Make database `name` unless it exists: UTF-8, sorted by code point on every server version.

    Raises `DatabaseRefusedError` when the server refuses or the existing one sorts otherwise.
    """
    engine = create_engine(
        database_url(server_url, make_url(server_url).database or "postgres"),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 5, "application_name": "wenxiao migrate"},
    )
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "select pg_encoding_to_char(encoding) as encoding, datcollate as collation,"
                " datlocprovider::text as provider from pg_database where datname = :name"
            ),
            {"name": name},
        ).one_or_none()
        if found is None:
            _create_database(connection, name)
        elif found.encoding != "UTF8" or (found.provider, found.collation) not in CODE_POINT_ORDER:
            raise DatabaseRefusedError(database=name, reason="它已存在，但编码或排序规则不符")


def _create_database(connection: Connection, name: str) -> None:
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    locale = "LOCALE 'C.UTF-8'"
    if version >= BUILTIN_COLLATION_SINCE:  # does not depend on the system's library
        locale = "LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    try:
        connection.exec_driver_sql(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {locale}"
        )
    except DBAPIError as error:
        if isinstance(error.orig, server_errors.DuplicateDatabase | server_errors.UniqueViolation):
            return  # another process was faster
        raise DatabaseRefusedError(database=name, reason=str(error.orig).strip()) from error


def upgrade(engine: Engine, module: Module) -> None:
    """Run the missing migrations of `module` on its database, one transaction each.

    Raises `MigrationError`; the database then stands at the last migration that succeeded.
    """
    with engine.connect() as connection, _only_one(connection):
        try:
            command.upgrade(alembic_config(module, connection), "head")
        except DBAPIError as error:
            busy = isinstance(error.orig, server_errors.LockNotAvailable)
            reason = "有别的操作占用数据表，请在空闲时重试" if busy else str(error.orig).strip()
            raise MigrationError(database=module.database_name, reason=reason) from error
        except CommandError as error:
            reason = f"数据库的版本不是这个程序所知道的，可能来自更新的程序（{error}）"
            raise MigrationError(database=module.database_name, reason=reason) from error


@contextmanager
def _only_one(connection: Connection) -> Iterator[None]:
    """Wait for other migrating processes, then work with short timeouts."""
    connection.exec_driver_sql(f"SET lock_timeout = '{QUEUE_TIMEOUT}'")
    connection.exec_driver_sql("SET statement_timeout = 0")
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


def is_at_head(engine: Engine, module: Module) -> bool:
    """Tell whether the database's schema is the one this program needs, or a newer one.

    A newer one counts: migrations keep the running version working, so that pods of the old
    version stay ready while those of the new one take over. Raises nothing of its own; a database
    that cannot be reached raises `sqlalchemy.exc.OperationalError`.
    """
    known, heads = _revisions(module.migrations)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return bool(current) and all(one in heads or one not in known for one in current)


def knows(module: Module, revision: str) -> bool:
    """Tell whether this program can bring a schema at `revision` to its own."""
    return revision in _revisions(module.migrations)[0]


@cache
def _revisions(migrations: Path) -> tuple[frozenset[str], frozenset[str]]:
    directory = ScriptDirectory(str(migrations))
    known = frozenset(script.revision for script in directory.walk_revisions())
    return known, frozenset(directory.get_heads())


def alembic_config(module: Module, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for `module`, working on `connection` if one is given."""
    config = Config()
    config.set_main_option("script_location", str(module.migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = schema_of(module)
    return config


def schema_of(module: Module) -> list[MetaData]:
    """Return the tables a database of `module` has: the frame's and its own."""
    return [FRAME_METADATA, module.metadata]
