"""No migration does to a running release what it cannot bear."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from source import ROOT

from shared.testing.migration_safety import dangers
from tests.faults.releases import CONTRACT, EXPAND

MIGRATIONS = sorted(
    path
    for path in (ROOT / "services").glob("*/migrations/versions/*.py")
    if path.name != "0001_first.py"  # makes the tables: nothing runs on them yet
)
PLANTED = {
    "alter table unit add column seal text not null": "without default",
    "create index ix_a on unit (name)": "not made concurrently",
    "create unique index ix_a on unit (name)": "not made concurrently",
    "alter table unit drop column name": "removes",
    "drop table unit": "removes",
    "alter table unit rename column name to title": "renames",
    "alter table unit rename to office": "renames",
    "alter table unit alter column name type varchar(10)": "rewrites",
    "ALTER TABLE unit ALTER COLUMN name SET NOT NULL": "reads the whole table",
    "alter table unit add constraint c check (name <> '')": "not valid",
    "alter table unit add foreign key (a) references b (a)": "not valid",
    "update unit set name = 'x'": "batches",
}
HARMLESS = (
    "create table a (id int primary key, name text not null)",
    "create index ix_a on a (name)",  # of the table just made
    "alter table a add constraint c check (name <> '')",
    "alter table unit add column seal text",
    "alter table unit add column seal text default '' not null",
    "create index concurrently if not exists ix_u on unit (seal)",
    "alter table unit add constraint c check (name <> '') not valid",
    "alter table unit validate constraint c",
)


def statements_of(path: Path) -> tuple[list[str], bool]:
    """Return the SQL a migration would send, and whether it says that it contracts."""
    specification = importlib.util.spec_from_file_location(f"migration_{path.stem}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        module.upgrade()
    sql = written.getvalue()
    return [each for each in sql.split(";\n") if each.strip()], hasattr(module, "CONTRACTS")


@pytest.mark.parametrize("path", MIGRATIONS or [None], ids=str)
def test_no_migration_endangers_the_release_before(path: Path | None) -> None:
    if path is not None:
        statements, contracts = statements_of(path)
        assert dangers(statements, contracts=contracts) == []


@pytest.mark.parametrize("statement", PLANTED)
def test_a_planted_danger_is_seen(statement: str) -> None:
    assert any(PLANTED[statement] in each for each in dangers([statement]))


def test_what_harms_nobody_passes() -> None:
    assert dangers(HARMLESS) == []


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    (tmp_path / "expand.py").write_text(EXPAND, encoding="utf-8")
    (tmp_path / "contract.py").write_text(CONTRACT, encoding="utf-8")
    careless = CONTRACT.replace("CONTRACTS", "CONTRACT_OF")
    (tmp_path / "careless.py").write_text(careless, encoding="utf-8")
    return tmp_path


def test_the_example_of_the_manual_is_safe(examples: Path) -> None:
    for name in ("expand", "contract"):
        statements, contracts = statements_of(examples / f"{name}.py")
        assert dangers(statements, contracts=contracts) == []
    statements, contracts = statements_of(examples / "careless.py")
    assert dangers(statements, contracts=contracts)
