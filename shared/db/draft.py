"""Drafts migrations from the tables as declared: a developer's tool, used through `make`.

    make migration SERVICE=target_svc MESSAGE="add the seal date"    a change after release
    make migration-baseline                                          all first migrations anew

The first migrations are SQL scripts (`frame_v1.sql` and each service's `versions/0001_first.sql`),
readable by a database administrator. They are drafted anew only until the first release.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import tempfile
from itertools import groupby
from pathlib import Path

import click
from alembic import command
from sqlalchemy import MetaData, create_engine, create_mock_engine, pool
from sqlalchemy.schema import DDLElement

from shared.db.base import FRAME_METADATA
from shared.db.embedded import EmbeddedPostgres
from shared.db.engine import database_url
from shared.db.frame_migrations import FRAME_V1
from shared.db.migrate import alembic_config, migrate
from shared.runtime.module import Module
from shared.trail.protection import protection_sql

HEADER = "-- Drafted from the declared tables; never changed once released.\n\n"
SHARED = Path(__file__).parents[1]
DECLARES_FRAME = re.compile(r"\(FrameBase\)|, FRAME_METADATA\b")
SERVICES = ("target_svc", "monitor_svc", "eval_svc", "oversight_svc")


def load_module(service: str) -> Module:
    """Return the service's module, every table of the frame and of its store being declared."""
    for file in sorted(SHARED.rglob("*.py")):
        if DECLARES_FRAME.search(file.read_text(encoding="utf-8")):
            name = ".".join(("shared", *file.relative_to(SHARED).with_suffix("").parts))
            importlib.import_module(name)
    module: Module = importlib.import_module(f"services.{service}.module").MODULE
    store = importlib.import_module(f"services.{service}.store")
    for found in pkgutil.walk_packages(store.__path__, f"{store.__name__}."):
        importlib.import_module(found.name)
    return module


def script_of(metadata: MetaData) -> str:
    """Return the statements that create all tables of `metadata` on PostgreSQL."""
    statements: list[str] = []

    def keep(statement: DDLElement, *_: object) -> None:
        text = str(statement.compile(dialect=engine.dialect))
        statements.append("\n".join(line.rstrip() for line in text.strip().splitlines()))

    engine = create_mock_engine("postgresql+psycopg://", keep)
    metadata.create_all(engine, checkfirst=False)
    blocks = (list(group) for _, group in groupby(statements, key=_makes_index))
    # A table's indexes come as a set: put them into a fixed order.
    ordered = [
        one for block in blocks for one in (sorted(block) if _makes_index(block[0]) else block)
    ]
    return HEADER + "\n\n".join(f"{statement};" for statement in ordered) + "\n"


def frame_script() -> str:
    """Return the statements that create the frame's tables and the guard of the trail."""
    return f"{script_of(FRAME_METADATA)}\n{protection_sql().strip()}\n"


def _makes_index(statement: str) -> bool:
    return statement.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX"))


@click.group()
def main() -> None:
    """Draft migrations from the declared tables."""


@main.command()
def baseline() -> None:
    """Write the first migrations of the frame and of all services anew."""
    modules = [load_module(service) for service in SERVICES]
    scripts = {FRAME_V1: frame_script()} | {
        module.migrations / "versions" / "0001_first.sql": script_of(module.metadata)
        for module in modules
    }
    for path, script in scripts.items():
        path.write_text(script, encoding="utf-8")
        click.echo(f"{path}: {script.count('CREATE TABLE')} tables")


@main.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("message")
def revision(service: str, message: str) -> None:
    """Draft the migration from the newest one to the declared tables, for a person to review."""
    module = load_module(service)
    number = f"{len(list((module.migrations / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # as root, the database's own user has to get through
        with EmbeddedPostgres(Path(folder)) as server:
            migrate(server.url, [module])
            engine = create_engine(
                database_url(server.url, module.database_name), poolclass=pool.NullPool
            )
            with engine.connect() as connection:
                configuration = alembic_config(module, connection)
                command.revision(configuration, message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
