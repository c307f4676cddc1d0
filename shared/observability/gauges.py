"""Figures read from the databases when Prometheus asks: what waits, what is overdue, what ran.

Each database is asked in a thread of its own and at most once in five seconds; one that does not
answer in time counts as down and hides only its own figures. Read from the tables, the figures are
right whichever process is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import QueuePool, text
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import LOCAL_ZONE, SystemClock
from shared.observability.asking import Asking, Said

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.db.unit_of_work import Database

CACHE_SECONDS = 5.0

AGES = {
    "outbox_oldest_unsent_seconds": (
        "Age of the oldest event not yet sent; 0 when all are.",
        "select created_at from outbox where sent_at is null order by sequence limit 1",
    ),
    "inbox_oldest_unprocessed_seconds": (
        "Age of the oldest pending inbox event, those behind a parked one included.",
        "select min(received_at) from inbox where state = 'pending'",
    ),
    "inbox_oldest_unhindered_seconds": (
        "Age of the oldest pending inbox event that stands behind no parked one.",
        """
        select min(received_at) from inbox as waiting where state = 'pending' and not exists (
            select from inbox as parked where parked.subscription = waiting.subscription
            and parked.aggregate_id = waiting.aggregate_id and parked.state = 'parked')
        """,
    ),
    "trail_oldest_unsealed_seconds": (
        "Age of the oldest trail record not yet sealed.",
        'select "at" from trail where position is null order by record_id limit 1',
    ),
}
# A backlog is counted up to a bound: beyond it, the exact number helps nobody and costs a scan.
COUNTS = {
    "outbox_unsent_events": (
        "Events not yet sent, counted up to 100,000.",
        "select count(*) from (select from outbox where sent_at is null limit 100000) as waiting",
    ),
    "inbox_pending_events": (
        "Pending inbox events, counted up to 100,000.",
        """
        select count(*) from (select from inbox where state = 'pending' limit 100000) as waiting
        """,
    ),
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


LABELLED = {
    "tasks_overdue": ("Open tasks past their due day.", ("service", "kind")),
    "job_last_success_timestamp_seconds": (
        "When the scheduled act last succeeded, in any process.",
        ("service", "job_name"),
    ),
}
CALENDAR_AHEAD = (
    "calendar_published_ahead_seconds",
    "From now to the end of the last year whose working days are published; 0: none is.",
)
LAST_YEAR = (
    "select max(extract(year from day)) from calendar_day"
    " where extract(month from day) = 1 and extract(day from day) = 1"
)
DATABASE_CLOCK = (
    "database_clock_offset_seconds",
    "How far the database server's clock is ahead of this computer's.",
)
POOL = (
    "database_pool_connections",
    "Connections of this process by state: in_use, or idle and kept.",
)
POOL_LIMIT = ("database_pool_limit_connections", "The most connections this process may open.")


class DatabaseGauges(Asking):
    """A Prometheus collector over the databases open in this process."""

    def __init__(self, databases: Iterable[Database]) -> None:
        """Ask nothing yet."""
        self._databases = {database.service: database for database in databases}
        super().__init__(self._databases, lambda service: ask(self._databases[service]))
        self.cache_seconds = CACHE_SECONDS

    def families(self, said: Mapping[str, Said]) -> Iterable[GaugeMetricFamily]:
        """Return every metric with what the databases said, and the state of the pools."""
        plain = {name: help_text for name, (help_text, _) in {**AGES, **COUNTS}.items()}
        plain |= dict((CALENDAR_AHEAD, DATABASE_CLOCK))
        families = {
            name: GaugeMetricFamily(name, help_text, labels=["service"])
            for name, help_text in plain.items()
        }
        for name, (help_text, label_names) in LABELLED.items():
            families[name] = GaugeMetricFamily(name, help_text, labels=label_names)
        is_up = GaugeMetricFamily(
            "database_up", "1 while the service's database answers in time.", labels=["service"]
        )
        for service, answer in said.items():
            is_up.add_metric([service], float(answer is not None))
            for name, values in (answer or {}).items():
                for labels, value in values.items():
                    families[name].add_metric([service, *labels], value)
        return [*families.values(), is_up, *self._pools(said)]

    def _pools(self, said: Iterable[str]) -> Iterable[GaugeMetricFamily]:
        connections = GaugeMetricFamily(*POOL, labels=["service", "state"])
        limits = GaugeMetricFamily(*POOL_LIMIT, labels=["service"])
        for service in said:
            pool = self._databases[service].engine.pool
            if isinstance(pool, QueuePool):
                connections.add_metric([service, "in_use"], pool.checkedout())
                connections.add_metric([service, "idle"], pool.checkedin())
                limits.add_metric([service], pool.size() + max(0, pool._max_overflow))  # noqa: SLF001
        return connections, limits


def ask(database: Database) -> Said:
    """Read all figures of one database; `None` means that it does not answer."""
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
            values[DATABASE_CLOCK[0]] = {(): _clock_offset(connection)}
            year = connection.execute(text(LAST_YEAR)).scalar()
            values[CALENDAR_AHEAD[0]] = {(): _until_end_of(int(year), now) if year else 0.0}
    except SQLAlchemyError:
        return None
    return values


def _by_label(
    connection: Connection, query: str, values: Mapping[str, Any]
) -> dict[tuple[str, ...], float]:
    rows = connection.execute(text(query), dict(values))
    return {
        (label,): value.timestamp() if isinstance(value, datetime) else float(value)
        for label, value in rows
    }


def _clock_offset(connection: Connection) -> float:
    """Return the server's time minus ours, ours taken half-way through the question."""
    before = SystemClock().now().timestamp()
    server: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    after = SystemClock().now().timestamp()
    return server.timestamp() - (before + after) / 2


def _until_end_of(year: int, now: datetime) -> float:
    """Return the seconds until the local year is over; below 0 when it is."""
    end = datetime(year + 1, 1, 1, tzinfo=LOCAL_ZONE).astimezone(UTC)
    return (end - now).total_seconds()


def _age(now: datetime, since: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
