"""What Alembic runs for every service: each service's `migrations/env.py` only calls `run`."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run the migrations Alembic has chosen on the connection `shared.db.migrate` opened."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes["metadata"],
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
