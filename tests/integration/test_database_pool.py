"""Databases lent to tests: empty each time, and never one that a test has altered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from services.oversight_svc.module import MODULE
from shared.testing.databases import bring_to_head, temporary_database

Act = Callable[[Engine], None]
OWN_NUMBER = "select oid from pg_database where datname = current_database()"
"""A database keeps it under every name."""
NEXT = "select nextval(pg_get_serial_sequence('shared_record', 'position'))"


def run(*statements: str) -> Act:
    def act(engine: Engine) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    return act


def scalar(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.exec_driver_sql(query).scalar_one()


def comes_back(server_url: str, act: Act) -> bool:
    """Tell whether the database `act` was done to is the one lent next, which is then empty."""
    with temporary_database(server_url) as first:
        bring_to_head(first, MODULE)
        number = scalar(first, OWN_NUMBER)
        act(first)
    with temporary_database(server_url) as following:
        bring_to_head(following, MODULE)
        assert (scalar(following, "select count(*) from lease"), scalar(following, NEXT)) == (0, 1)
        return bool(scalar(following, OWN_NUMBER) == number)


def test_what_a_test_wrote_is_gone_for_the_next(postgres_url: str) -> None:
    wrote = run("insert into lease (name, holder, epoch, expires_at) values ('a', 'b', 7, now())")
    assert comes_back(postgres_url, wrote)


@pytest.mark.parametrize(
    "statement",
    [
        "alter table lease add column further int",
        "create table further (one int)",
        "create index further on lease (name)",
        "alter table trail disable trigger all",
        "drop index ix_shared_record_pull",
        "create function further() returns int language sql as 'select 1'",
        "update alembic_version set version_num = 'other'",
        "revoke all on lease from public",
        "create type further as enum ('one')",
        "alter table lease alter column epoch set default 7",
        "do $$ begin execute 'alter database ' || current_database() || ' set jit = off'; end $$",
    ],
)
def test_an_altered_database_is_not_lent_again(postgres_url: str, statement: str) -> None:
    assert not comes_back(postgres_url, run(statement))


def test_who_stayed_connected_is_sent_away(postgres_url: str) -> None:
    stayed: list[psycopg.Connection[Any]] = []

    def stay(engine: Engine) -> None:
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        stayed.append(psycopg.connect(url))

    assert comes_back(postgres_url, stay)
    with stayed[0] as connection, pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
