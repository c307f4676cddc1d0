"""Keeps doing what people started and left: exports and batches, one piece after another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from shared.db.unit_of_work import Database

IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 10.0

_LOG = structlog.get_logger(__name__)


def keep_working(
    database: Database, step: Callable[[Database], bool], stop: threading.Event
) -> None:
    """Do `step` until `stop`, pausing for a second whenever there is nothing to do.

    Trouble, such as a database that does not answer, is logged and tried again, for ever.
    """
    pause = 0.0
    while not stop.wait(pause):
        try:
            pause = 0.0 if step(database) else IDLE_SECONDS
        except Exception:  # noqa: BLE001 (what people left running is never given up)
            _LOG.exception("background work failed", service=database.service)
            pause = TROUBLE_SECONDS
