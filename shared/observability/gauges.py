"""Figures read from the databases when Prometheus asks: what waits, what is overdue, what ran.

Each database is asked in a thread of its own and at most once in five seconds; one that does not
answer in time counts as down and hides only its own figures. Read from the tables, the figures are
right whichever process is asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric
    from sqlalchemy import Connection

    from shared.db.unit_of_work import Database

CACHE_SECONDS = 5.0
ANSWER_SECONDS = 2.0

AGES = {
    "outbox_oldest_unsent_seconds": (
        "Age of the oldest event not yet sent; 0 when all are.",
        "select created_at from outbox where sent_at is null order by sequence limit 1",
    ),
    "inbox_oldest_unprocessed_seconds": (
        "Age of the oldest pending inbox event, those behind a parked one included.",
        "select min(received_at) from inbox where state = 'pending'",
    ),
    "trail_oldest_unsealed_seconds": (
        "Age of the oldest trail record not yet sealed.",
        'select "at" from trail where position is null order by record_id limit 1',
    ),
}
COUNTS = {
    "events_parked": (
        "Events that failed six times and wait for a person.",
        "select count(*) from inbox where state = 'parked'",
    ),
    "events_undecodable": (
        "Received messages that are no event of ours.",
        "select count(*) from undecodable_message",
    ),
}
OVERDUE = (
    "select kind, count(*) from task where closed_at is null and due_on < :today group by kind"
)
LAST_SUCCESS = "select job_key, max(finished_at) from job_run where state = 'done' group by job_key"


class Figures(NamedTuple):
    """What one database said: metric name → (further label values → value)."""

    values: Mapping[str, Mapping[tuple[str, ...], float]]
    is_up: bool


class DatabaseGauges(Collector):
    """A Prometheus collector over the databases open in this process."""

    def __init__(self, databases: Iterable[Database]) -> None:
        """Ask nothing yet."""
        self._databases = {database.service: database for database in databases}
        self._pool = ThreadPoolExecutor(max(1, len(self._databases)), thread_name_prefix="gauges")
        self._asked: dict[str, Future[Figures]] = {}
        self._answers: dict[str, tuple[float, Figures]] = {}
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
        return self._families({}).values()

    def collect(self) -> Iterable[Metric]:
        """Return present figures, at most five seconds old."""
        with self._lock:
            figures = self._figures()
        return self._families(figures).values()

    def _figures(self) -> dict[str, Figures]:
        now = time.monotonic()
        for service, database in self._databases.items():
            answered, _ = self._answers.get(service, (-CACHE_SECONDS, None))
            if now - answered >= CACHE_SECONDS and service not in self._asked:
                self._asked[service] = self._pool.submit(ask, database)
        wait(self._asked.values(), timeout=ANSWER_SECONDS)
        for service, asked in list(self._asked.items()):
            if asked.done():
                self._answers[service] = (time.monotonic(), asked.result())
                del self._asked[service]
        down = Figures({}, is_up=False)
        return {
            service: down if service in self._asked else self._answers[service][1]
            for service in self._databases
        }

    def _families(self, figures: Mapping[str, Figures]) -> dict[str, GaugeMetricFamily]:
        families = {
            name: GaugeMetricFamily(name, description, labels=["service"])
            for name, (description, _) in {**AGES, **COUNTS}.items()
        }
        families["tasks_overdue"] = GaugeMetricFamily(
            "tasks_overdue", "Open tasks past their due day.", labels=["service", "kind"]
        )
        families["job_last_success_timestamp_seconds"] = GaugeMetricFamily(
            "job_last_success_timestamp_seconds",
            "When the scheduled act last succeeded, in any process.",
            labels=["service", "job"],
        )
        families["database_up"] = GaugeMetricFamily(
            "database_up", "1 while the service's database answers in time.", labels=["service"]
        )
        for service, said in figures.items():
            families["database_up"].add_metric([service], float(said.is_up))
            for name, values in said.values.items():
                for labels, value in values.items():
                    families[name].add_metric([service, *labels], value)
        return families


def ask(database: Database) -> Figures:
    """Read all figures of one database; what does not answer is down, without raising."""
    now = database.clock.now()
    try:
        with database.engine.connect() as connection, connection.begin():
            connection.execute(text("set transaction read only"))
            connection.execute(text("set local statement_timeout = '1500ms'"))
            values: dict[str, Mapping[tuple[str, ...], float]] = {}
            for name, (_, query) in AGES.items():
                values[name] = {(): _age(now, connection.execute(text(query)).scalar())}
            for name, (_, query) in COUNTS.items():
                values[name] = {(): float(connection.execute(text(query)).scalar_one())}
            today = database.clock.today()
            values["tasks_overdue"] = _by_label(connection, OVERDUE, {"today": today})
            values["job_last_success_timestamp_seconds"] = _by_label(connection, LAST_SUCCESS, {})
    except SQLAlchemyError:
        return Figures({}, is_up=False)
    return Figures(values, is_up=True)


def _by_label(
    connection: Connection, query: str, values: Mapping[str, Any]
) -> dict[tuple[str, ...], float]:
    rows = connection.execute(text(query), dict(values))
    return {
        (label,): value.timestamp() if isinstance(value, datetime) else float(value)
        for label, value in rows
    }


def _age(now: datetime, since: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
