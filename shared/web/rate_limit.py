"""Rate limits: a token bucket for each account or client, for each address before sign-in.

Kept in the process: it stops a runaway script or a guessing loop, not a distributed attack, which
is the router's work.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, request

from shared.web.failures import TooManyRequestsError
from shared.web.identity import current_identity
from shared.web.permissions import OPEN_ENDPOINTS

MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`per_second` requests in the long run, `burst` at once."""

    per_second: float
    burst: int


SIGNED_IN = Limit(per_second=50, burst=300)
ANONYMOUS = Limit(per_second=20, burst=120)


class TokenBuckets:
    """Buckets by key. A full bucket is the same as none, so full ones are forgotten."""

    def __init__(self, limit: Limit, now: Callable[[], float] = time.monotonic) -> None:
        """Fill every bucket up to `limit.burst`; `now` counts seconds."""
        self._limit = limit
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> int:
        """Take one token; return 0, or the whole seconds to wait when there is none."""
        with self._lock:
            now = self._now()
            level = self._level(key, now)
            if level < 1:
                return math.ceil((1 - level) / self._limit.per_second)
            self._buckets[key] = (level - 1, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._forget(now)
            return 0

    def _level(self, key: str, now: float) -> float:
        level, since = self._buckets.get(key, (float(self._limit.burst), now))
        return min(self._limit.burst, level + (now - since) * self._limit.per_second)

    def _forget(self, now: float) -> None:
        kept = {
            key: bucket
            for key, bucket in self._buckets.items()
            if self._level(key, now) < self._limit.burst
        }
        # Too many busy callers to remember: the longest unseen start afresh.
        newest = sorted(kept.items(), key=lambda each: each[1][1])[-MOST_BUCKETS // 2 :]
        self._buckets = dict(newest)


def install_rate_limits(
    app: Flask, signed_in: Limit = SIGNED_IN, anonymous: Limit = ANONYMOUS
) -> None:
    """Refuse requests of `app` beyond the limits with 429; health and assets are free."""
    known, unknown = TokenBuckets(signed_in), TokenBuckets(anonymous)

    def limit() -> None:
        if request.endpoint in OPEN_ENDPOINTS:
            return
        actor = current_identity().actor
        if actor.roles:
            wait = known.take(str(actor.account_id or actor.name))
        else:
            wait = unknown.take(request.remote_addr or "")
        if wait:
            raise TooManyRequestsError(seconds=wait)

    app.before_request(limit)
