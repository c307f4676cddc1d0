"""The metrics are right, well-formed, and there whatever the databases do."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, func, select, text

import shared.observability.asking as asking_module
from shared.calendar_store import CalendarDayRow
from shared.clock import LOCAL_ZONE
from shared.db.base import FRAME_METADATA
from shared.db.engine import PoolSize, open_engine
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.observability.disk import DiskGauges
from shared.observability.figures import Figure, FigureGauges
from shared.observability.gauges import DatabaseGauges
from shared.observability.metrics import (
    LEASE_HELD,
    METRICS,
    THREAD_RESTARTS,
    observe_request,
    render_metrics,
)
from shared.outbox.tables import InboxRow, OutboxRow, UndecodableRow
from shared.runtime.tables import JobRunRow
from shared.tasks.tables import TaskRow
from shared.testing.clock import FrozenClock
from shared.trail.tables import TrailRow

PARKED_ONE = new_id()
ROWS = (OutboxRow, InboxRow, UndecodableRow, TrailRow, TaskRow, JobRunRow, CalendarDayRow)


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    engine = new_database(postgres_url)
    tables = [FRAME_METADATA.tables[row.__tablename__] for row in ROWS]
    FRAME_METADATA.create_all(engine, tables=tables)
    return Database(engine, "target_svc", frozen_clock)


@pytest.fixture
def registry(database: Database) -> Iterator[CollectorRegistry]:
    registry = CollectorRegistry()
    gauges = DatabaseGauges([database])
    gauges.register(registry)
    yield registry
    gauges.close(registry)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, {"service": "target_svc", **labels})


def common(now: datetime) -> dict[str, Any]:
    return {
        "event_id": new_id(),
        "event_type": "target.target.approved.v1",
        "aggregate_id": new_id(),
        "aggregate_version": 1,
        "region_code": "511621",
        "fiscal_year": 2023,
        "envelope": {},
    }


def heard(now: datetime, state: str, aggregate_id: UUID | None = None, age: float = 20) -> InboxRow:
    return InboxRow(
        **common(now) | ({"aggregate_id": aggregate_id} if aggregate_id else {}),
        subscription="eval_svc",
        received_at=now - timedelta(seconds=age),
        next_attempt_at=now,
        state=state,
    )


def task(kind: str, due_on: date, closed_at: datetime | None = None) -> TaskRow:
    return TaskRow(
        region_code="511621", fiscal_year=2023, task_id=new_id(), version=1, kind=kind, title="",
        subject_kind="target", subject_id=new_id(), unit_id=new_id(), role="", tab="todo",
        opened_at=datetime(2023, 1, 1, tzinfo=UTC), due_on=due_on, first_due_on=due_on,
        provisional=False, closed_at=closed_at,
    )  # fmt: skip


def test_empty_tables_give_zeros(registry: CollectorRegistry) -> None:
    assert value(registry, "database_up") == 1
    for name in (
        "outbox_oldest_unsent_seconds",
        "inbox_oldest_unprocessed_seconds",
        "trail_oldest_unsealed_seconds",
        "events_parked",
        "events_undecodable",
        "inbox_oldest_unhindered_seconds",
        "outbox_unsent_events",
        "inbox_pending_events",
    ):
        assert value(registry, name) == 0
    assert value(registry, "calendar_published_ahead_seconds") == 0


def test_figures_come_from_the_tables(
    database: Database, registry: CollectorRegistry, frozen_clock: FrozenClock
) -> None:
    now, today = frozen_clock.now(), frozen_clock.today()
    with database.begin() as uow:
        uow.session.add_all(
            [
                OutboxRow(**common(now), created_at=now - timedelta(seconds=90)),
                OutboxRow(**common(now), created_at=now - timedelta(hours=1), sent_at=now),
                heard(now, "pending"),
                heard(now, "parked", PARKED_ONE),
                heard(now, "pending", PARKED_ONE, age=3600),
                heard(now, "done"),
                UndecodableRow(subscription="x", body=b"?", reason="", received_at=now),
                task("target.submit", today - timedelta(days=1)),
                task("target.submit", today - timedelta(days=9)),
                task("target.submit", today),
                task("target.review", today - timedelta(days=1), closed_at=now),
                JobRunRow(job_key="remind", due_at=now, epoch=1, state="done"),
                CalendarDayRow(
                    day=date(2023, 1, 1),
                    is_workday=False,
                    kind="holiday",
                    source_document="",
                    loaded_at=now,
                ),
                CalendarDayRow(
                    day=date(2024, 5, 1),
                    is_workday=False,
                    kind="holiday",
                    source_document="",
                    loaded_at=now,
                ),
                JobRunRow(job_key="broken", due_at=now, epoch=1, state="failed"),
            ]
        )
    assert value(registry, "outbox_oldest_unsent_seconds") == 90
    assert value(registry, "inbox_oldest_unprocessed_seconds") == 3600
    assert value(registry, "inbox_oldest_unhindered_seconds") == 20
    assert value(registry, "outbox_unsent_events") == 1
    assert value(registry, "inbox_pending_events") == 2
    new_year = datetime(2024, 1, 1, tzinfo=LOCAL_ZONE)
    assert value(registry, "calendar_published_ahead_seconds") == (new_year - now).total_seconds()
    assert value(registry, "events_parked") == 1
    assert value(registry, "events_undecodable") == 1
    assert value(registry, "tasks_overdue", kind="target.submit") == 2
    assert value(registry, "tasks_overdue", kind="target.review") is None
    assert value(registry, "job_last_success_timestamp_seconds", job_name="remind")
    assert value(registry, "job_last_success_timestamp_seconds", job_name="broken") is None


def test_a_database_that_is_away_hides_only_itself(
    database: Database, frozen_clock: FrozenClock
) -> None:
    away = open_engine(database.engine.url.set(host="127.0.0.1", port=1))
    registry = CollectorRegistry()
    gauges = DatabaseGauges([database, Database(away, "eval_svc", frozen_clock)])
    gauges.register(registry)
    assert value(registry, "database_up") == 1
    assert registry.get_sample_value("database_up", {"service": "eval_svc"}) == 0
    assert registry.get_sample_value("events_parked", {"service": "eval_svc"}) is None
    gauges.close(registry)


def test_a_database_that_hangs_does_not_hold_the_scrape(
    database: Database, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_module, "ANSWER_SECONDS", 0.05)
    registry = CollectorRegistry()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = database.engine.url.set(host="127.0.0.1", port=silent.getsockname()[1])
        gauges = DatabaseGauges([Database(open_engine(url), "eval_svc", frozen_clock)])
        gauges.register(registry)
        assert registry.get_sample_value("database_up", {"service": "eval_svc"}) == 0
        gauges.close(registry)


def test_the_servers_clock_is_compared_and_the_pool_is_seen(
    database: Database, registry: CollectorRegistry
) -> None:
    offset = value(registry, "database_clock_offset_seconds")
    assert offset is not None
    assert abs(offset) < 5
    limit = value(registry, "database_pool_limit_connections")
    assert limit == PoolSize().kept + PoolSize().above
    with database.engine.connect(), database.engine.connect():
        assert (value(registry, "database_pool_connections", state="in_use") or 0) >= 2


def test_the_data_folders_room_is_told_even_before_it_is_made(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(DiskGauges(tmp_path / "not" / "yet"))
    free = registry.get_sample_value("data_directory_free_bytes")
    size = registry.get_sample_value("data_directory_size_bytes")
    assert free is not None
    assert size == shutil.disk_usage(tmp_path).total
    assert 0 < free <= size


def test_only_the_leader_counts_the_figures(database: Database, frozen_clock: FrozenClock) -> None:
    kinds = select(TaskRow.kind, func.count()).group_by(TaskRow.kind)
    figure = Figure("tasks", "Tasks.", ("kind",), lambda _: kinds)
    leads = False
    registry = CollectorRegistry()
    gauges = FigureGauges([database], {"target_svc": (figure,)}, lambda _: leads)
    gauges.register(registry)
    with database.begin() as uow:
        uow.session.add(task("target.submit", frozen_clock.today()))
    assert value(registry, "tasks", kind="target.submit") is None
    leads = True
    assert value(registry, "tasks", kind="target.submit") == 1
    with database.begin() as uow:
        uow.session.execute(text("drop table task"))
    assert value(registry, "tasks", kind="target.submit") == 1  # not asked again so soon
    gauges.close(registry)


def test_a_scrape_soon_after_another_asks_nothing(
    database: Database, registry: CollectorRegistry
) -> None:
    assert value(registry, "events_undecodable") == 0
    with database.begin() as uow:
        uow.session.execute(text("drop table undecodable_message"))
    assert value(registry, "database_up") == 1


def test_promtool_finds_nothing_to_complain_about(database: Database) -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool comes with the package prometheus"
    gauges = DatabaseGauges([database])
    gauges.register(METRICS)
    try:
        observe_request("target_svc", "targets.list", "GET", 200, 0.01)
        LEASE_HELD.labels("target_svc", "scheduler").set(1)
        THREAD_RESTARTS.labels("target_svc", "relay").inc()
        with database.begin() as uow:
            uow.session.add(task("target.submit", date(2023, 1, 1)))
        body, content_type = render_metrics()
    finally:
        gauges.close(METRICS)
    assert content_type.startswith("text/plain; version=0.0.4")
    outcome = subprocess.run(  # noqa: S603 (an installed program, fixed words)
        [promtool, "check", "metrics"], input=body, capture_output=True, check=False
    )
    assert (outcome.returncode, outcome.stderr.decode(), outcome.stdout.decode()) == (0, "", "")
    for name in ("http_requests_total", "tasks_overdue", "lease_held", "thread_restarts_total"):
        assert f"\n{name}{{" in body.decode()
