"""How far long work in the background is; labels in `labels.toml` as for every vocabulary."""

from __future__ import annotations

from enum import StrEnum


class BatchProgress(StrEnum):
    """How far a batch is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
