"""The migrations of all services give exactly the tables that are declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from shared.db.draft import SERVICES, load_module
from shared.db.migrate import is_at_head, schema_of, upgrade
from shared.trail.protection import protection_sql

CATALOGUE = {
    "columns": """
        select table_name, column_name, data_type, character_maximum_length, numeric_precision,
               numeric_scale, is_nullable, column_default, is_identity, generation_expression
        from information_schema.columns where table_schema = 'public'""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    "triggers": "select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "functions": """
        select proname, pg_get_functiondef(oid) from pg_proc
        where pronamespace = 'public'::regnamespace""",
}


def catalogue(engine: Engine, part: str) -> set[tuple[object, ...]]:
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(CATALOGUE[part]))}
    return {row for row in found if "alembic_version" not in str(row)}


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_comes_to_head_and_nothing_is_left_to_do(
    service: str, any_postgres_url: str, new_database: Callable[[str], Engine]
) -> None:
    module = load_module(service)
    migrated, declared = new_database(any_postgres_url), new_database(any_postgres_url)
    upgrade(migrated, module)
    assert is_at_head(migrated, module)
    with migrated.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema_of(module)) == []
    for metadata in schema_of(module):
        metadata.create_all(declared)
    with declared.begin() as connection:
        unchanged = {"no_parameters": True}
        connection.exec_driver_sql(protection_sql(), execution_options=unchanged)
    for part in CATALOGUE:
        assert catalogue(migrated, part) == catalogue(declared, part), part
