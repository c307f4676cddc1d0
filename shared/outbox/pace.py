"""The loop of a background worker: quick while there is work, calm when idle, never ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Pauses in seconds. Idle pauses grow from the first to the last and end at a wake-up."""

    first_idle: float = 0.02
    last_idle: float = 0.5
    first_trouble: float = 0.5
    last_trouble: float = 10.0


DEFAULT_PACE = Pace()


def keep_going(
    name: str,
    step: Callable[[], bool],
    *,
    waits: Callable[[], bool],
    stop: threading.Event,
    wake: threading.Event,
    pace: Pace = DEFAULT_PACE,
) -> None:
    """Call `step` until `stop`; it tells whether it found work. No exception ends the loop.

    After a step that found none, `waits` is asked first: a question cheaper than a step, so that a
    computer on which nothing happens stays at rest.
    """
    idle, trouble = pace.first_idle, pace.first_trouble
    busy = True
    while not stop.is_set():
        try:
            busy = (busy or waits()) and step()
        except Exception as error:  # noqa: BLE001 (the worker must outlive any trouble)
            _log.error(
                "worker step failed",
                worker=name,
                error=repr(error),
                retry_seconds=trouble,
                exc_info=trouble == pace.first_trouble,
            )
            stop.wait(trouble)
            trouble = min(trouble * 2, pace.last_trouble)
            continue
        trouble = pace.first_trouble
        if busy:
            idle = pace.first_idle
            continue
        woken = wake.wait(idle)
        wake.clear()
        idle = pace.first_idle if woken else min(idle * 2, pace.last_idle)
