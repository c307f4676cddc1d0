"""Lengths of time in rules, as a function of scale: faults are shown in seconds, not in hours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time with the name it has in names of series."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Writes lengths of time for Prometheus. `scale` 1 is what runs; 0.1 is ten times as fast."""

    scale: float = 1.0

    def __call__(self, length: Span | float) -> str:
        """Return `length` (seconds, or a span) as Prometheus writes durations."""
        seconds = length.seconds if isinstance(length, Span) else length
        left = round(seconds * self.scale * 1000)
        written = ""
        for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
            whole, left = divmod(left, size)
            written += f"{whole}{unit}" if whole else ""
        return written + (f"{left}ms" if left else "") or "0s"

    def seconds(self, length: float) -> str:
        """Return `length` in scaled seconds as a number, for comparisons with ages."""
        return f"{length * self.scale:g}"
