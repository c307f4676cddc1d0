"""What a measurement is: both sides timed in turn, in one run, on one machine.

Only the ratio is worth comparing between machines; the seconds are printed so that a reader can
see how far the runs lay apart.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

RUNS = 5
Seconds = tuple[float, ...]
Timed = Callable[[], float]
"""Does the work once, with its own preparation outside; returns the seconds that count."""


@dataclass(frozen=True, slots=True)
class Result:
    """One comparison. `ours` and `bare` hold the seconds of each run."""

    title: str
    ours: Seconds
    bare: Seconds
    bare_title: str
    aim: float
    side: Literal["≥", "≤"]

    @property
    def ratio(self) -> float:
        """Speed against the bare side, or slowness where the aim is an upper bound."""
        speed = median(self.bare) / median(self.ours)
        return speed if self.side == "≥" else 1 / speed

    @property
    def is_met(self) -> bool:
        """Tell whether the aim is reached."""
        return self.ratio >= self.aim if self.side == "≥" else self.ratio <= self.aim


def in_turn(ours: Timed, bare: Timed) -> tuple[Seconds, Seconds]:
    """Time both sides alternately, so that a busy machine disturbs both alike."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for side, timed in zip(taken, (ours, bare), strict=True):
            gc.collect()
            side.append(timed())
    return tuple(taken[0]), tuple(taken[1])


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long `act` takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def load_average() -> float:
    """Return how many processes wanted the processor in the last minute."""
    return float(Path("/proc/loadavg").read_text(encoding="ascii").split()[0])
