"""Asks each database in a thread of its own, so that none holds the scrape or hides another."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

ANSWER_SECONDS = 2.0

Said = Mapping[str, Mapping[tuple[str, ...], float]] | None
"""What one database said: metric name → (further label values → value); `None`: no answer."""


class Asking(Collector):
    """A Prometheus collector over several databases, each asked at most so often.

    `cache_seconds` is how long an answer is good. A question that takes longer than a scrape may
    wait goes on, and the next scrape gets its answer.
    """

    cache_seconds = 5.0

    def __init__(self, services: Iterable[str], ask: Callable[[str], Said]) -> None:
        """Ask nothing yet."""
        self._services = tuple(services)
        self._ask = ask
        self._pool = ThreadPoolExecutor(max(1, len(self._services)), thread_name_prefix="gauges")
        self._asked: dict[str, Future[Said]] = {}
        self._answers: dict[str, tuple[float, Said]] = {}
        self._lock = threading.Lock()

    def register(self, registry: CollectorRegistry) -> None:
        """Answer for `registry` from now on."""
        registry.register(self)

    def close(self, registry: CollectorRegistry) -> None:
        """Leave `registry`; running questions end by themselves."""
        registry.unregister(self)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def describe(self) -> Iterable[Metric]:
        """Return the names without asking the databases: registering must not wait for them."""
        return self.families({})

    def collect(self) -> Iterable[Metric]:
        """Return present figures, as old as the cache lets them be."""
        with self._lock:
            said = self._questions_and_answers()
        return self.families(said)

    @abstractmethod
    def families(self, said: Mapping[str, Said]) -> Iterable[GaugeMetricFamily]:
        """Return all metrics, with the figures `said` by each service's database."""

    def may_ask(self, service: str) -> bool:  # noqa: ARG002 (for those who choose)
        """Tell whether this process is the one to ask this database now."""
        return True

    def _questions_and_answers(self) -> dict[str, Said]:
        now = time.monotonic()
        services = [service for service in self._services if self.may_ask(service)]
        for service in services:
            answered, _ = self._answers.get(service, (-self.cache_seconds, None))
            if now - answered >= self.cache_seconds and service not in self._asked:
                self._asked[service] = self._pool.submit(self._ask, service)
        wait(self._asked.values(), timeout=ANSWER_SECONDS)
        for service, asked in list(self._asked.items()):
            if asked.done():
                self._answers[service] = (time.monotonic(), asked.result())
                del self._asked[service]
        return {
            service: None if service in self._asked else self._answers[service][1]
            for service in services
        }
