"""Migrating: databases made, schema brought to head, many at once, and gently."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, pool, text

from shared.db.base import NAMING
from shared.db.engine import database_url, open_engine
from shared.db.migrate import (
    DatabaseRefusedError,
    MigrationError,
    ensure_database,
    is_at_head,
    migrate,
    upgrade,
)
from shared.runtime.module import Module
from shared.testing.databases import database_name, drop_database

ENV = "from shared.db.migration_env import run\n\nrun()\n"
SCRIPT = """
from alembic import op
revision = "{revision}"
down_revision = {down!r}
def upgrade():
    op.execute({statement!r})
"""


class NamedModule(Module):
    """A module whose database carries a test's name instead of a service's."""

    __slots__ = ("test_name",)
    test_name: str

    @property
    def database_name(self) -> str:
        return self.test_name


@pytest.fixture
def module(tmp_path: Path, any_postgres_url: str) -> Iterator[Module]:
    metadata = MetaData(naming_convention=NAMING)
    Table("book", metadata, Column("id", Integer, primary_key=True))
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    module = NamedModule(
        name="target_svc",
        title="",
        metadata=metadata,
        migrations=tmp_path,
        create_app=lambda _: Flask(""),
    )
    name = database_name()
    object.__setattr__(module, "test_name", name)
    write(module, "0001", None, "CREATE TABLE book (id integer PRIMARY KEY)")
    yield module
    drop_database(any_postgres_url, name)


def write(module: Module, revision: str, down: str | None, statement: str) -> None:
    content = SCRIPT.format(revision=revision, down=down, statement=statement)
    (module.migrations / "versions" / f"{revision}.py").write_text(content)


@pytest.fixture
def engine(module: Module, any_postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url(any_postgres_url, module.database_name))
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.scalars(text("select tablename from pg_tables where schemaname = 'public'"))
        )


def test_a_missing_database_is_made_and_brought_to_head_again_and_again(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    migrate(any_postgres_url, [module])
    assert tables(engine) == {"book", "alembic_version"}
    assert is_at_head(engine, module)
    migrate(any_postgres_url, [module])
    assert is_at_head(engine, module)


def test_the_database_sorts_by_code_point(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    migrate(any_postgres_url, [module])
    with engine.connect() as connection:
        words = "select word from unnest(array['乙','b','B','a','甲']) word order by word"
        assert list(connection.scalars(text(words))) == ["B", "a", "b", "乙", "甲"]
        assert connection.scalar(text("show server_encoding")) == "UTF8"
        assert connection.scalar(text("select upper('é')")) == "É"


def test_many_processes_may_migrate_at_once(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            ensure_database(any_postgres_url, module.database_name)
            own = create_engine(engine.url, poolclass=pool.NullPool)
            upgrade(own, module)
        except BaseException as error:  # noqa: BLE001 (shown below)
            failures.append(error)

    # Alembic's context is one for the process: separate processes are stood for by the lock alone.
    holder = psycopg.connect(any_postgres_url, autocommit=True)
    ensure_database(any_postgres_url, module.database_name)
    with (
        holder,
        psycopg.connect(
            engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
        ) as first,
    ):
        first.execute("select pg_advisory_lock(%s)", (0x77656E78,))
        thread = threading.Thread(target=run)
        thread.start()
        while not first.execute(
            "select 1 from pg_locks where locktype = 'advisory' and not granted"
            " and database = (select oid from pg_database where datname = current_database())"
        ).fetchone():
            assert thread.is_alive(), failures
        assert "book" not in tables(engine)
        first.execute("select pg_advisory_unlock(%s)", (0x77656E78,))
        thread.join()
    assert not failures
    assert "book" in tables(engine)


def test_each_migration_is_one_transaction_and_the_failed_one_leaves_nothing(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    write(module, "0002", "0001", "CREATE TABLE shelf (id integer)")
    write(module, "0003", "0002", "CREATE TABLE half (id integer); SELECT 1 / 0")
    with pytest.raises(MigrationError, match="division by zero"):
        migrate(any_postgres_url, [module])
    assert tables(engine) == {"book", "shelf", "alembic_version"}
    assert not is_at_head(engine, module)


def test_a_table_in_use_is_given_up_on_instead_of_queueing_everybody(
    module: Module, engine: Engine, any_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(any_postgres_url, [module])
    monkeypatch.setattr("shared.db.migrate.LOCK_TIMEOUT", "50ms")
    write(module, "0002", "0001", "ALTER TABLE book ADD COLUMN title text")
    with engine.begin() as reader:
        reader.execute(text("select * from book"))
        with pytest.raises(MigrationError, match="空闲时重试"):
            migrate(any_postgres_url, [module])
    migrate(any_postgres_url, [module])


def test_the_running_version_stays_ready_while_a_newer_one_migrates(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    migrate(any_postgres_url, [module])
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0009'"))
    assert is_at_head(engine, module)
    with pytest.raises(MigrationError, match="0009"):
        migrate(any_postgres_url, [module])


def test_an_empty_database_is_not_at_head(
    module: Module, engine: Engine, any_postgres_url: str
) -> None:
    ensure_database(any_postgres_url, module.database_name)
    assert not is_at_head(engine, module)


def test_a_server_that_refuses_is_answered_with_what_to_do(
    module: Module, any_postgres_url: str, new_database: Callable[[str], Engine]
) -> None:
    role = f"r_{module.database_name}"
    with new_database(any_postgres_url).connect() as connection:
        connection.execute(text(f"create role \"{role}\" login password 'x'"))
        connection.commit()
        url = connection.engine.url.set(username=role, password="x")
        address = url.render_as_string(hide_password=False)
        try:
            with pytest.raises(DatabaseRefusedError, match="CREATE DATABASE"):
                migrate(address, [module])
        finally:
            connection.execute(text(f'drop role "{role}"'))
            connection.commit()


def test_an_existing_database_that_sorts_otherwise_is_refused(
    module: Module, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            f'create database "{module.database_name}" template template0'  # type: ignore[arg-type]
            " encoding 'SQL_ASCII' locale 'C'"
        )
    with pytest.raises(DatabaseRefusedError, match="编码"):
        ensure_database(postgres_url, module.database_name)
    drop_database(postgres_url, module.database_name)
