"""When a failed event is tried again, and when it is parked."""

from __future__ import annotations

from datetime import timedelta
from secrets import SystemRandom

DELAYS = (1, 4, 16, 64, 256)
"""Seconds after the first, second … fifth failure; the sixth parks the event."""

ATTEMPTS_BEFORE_PARKING = len(DELAYS) + 1
JITTER = 0.2

_random = SystemRandom()


def retry_delay(failures: int) -> timedelta:
    """Return the wait after the given number of failures (1 to 5), spread by ±20 %.

    The spread keeps events that failed together (a lock, a short outage) from failing together
    again. Raises `IndexError` beyond the fifth failure: there is no sixth wait.
    """
    return timedelta(seconds=DELAYS[failures - 1] * _random.uniform(1 - JITTER, 1 + JITTER))
