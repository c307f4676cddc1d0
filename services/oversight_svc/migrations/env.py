"""Alembic's entry: the set-up is the same for all services."""

from shared.db.migration_env import run

run()
