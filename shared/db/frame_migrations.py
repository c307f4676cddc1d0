"""The frame's tables (outbox, inbox, trail, units …) as every service's migrations create them.

Each version is a script that never changes once released: a migration means the same for ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, insert

from shared.calendar_store import CalendarDayRow, seed_days
from shared.clock import SystemClock

FRAME_V1 = Path(__file__).with_name("frame_v1.sql")


class Operations(Protocol):
    """What a migration gets as `alembic.op`, as far as scripts need it."""

    def get_bind(self) -> Connection:
        """Return the connection the migration runs on."""
        ...


def create_frame_v1(op: Operations) -> None:
    """Create the frame's tables of version 1; call it first in a service's first migration.

    The working-day calendar is filled with the years published by then.
    """
    run_script(op, FRAME_V1)
    op.get_bind().execute(insert(CalendarDayRow), seed_days(SystemClock().now()))


def run_script(op: Operations, script: Path) -> None:
    """Run all statements of an SQL script within the migration's transaction.

    Without parameters the driver sends the text as it is, so `%` and `:` mean nothing special.
    """
    op.get_bind().exec_driver_sql(
        script.read_text(encoding="utf-8"), execution_options={"no_parameters": True}
    )
