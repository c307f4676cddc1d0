"""One event that always fails: six attempts in all, however many processors there are.

Its aggregate waits in order, all others are applied meanwhile, and after the cause is mended an
operator sends it again and the order is whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.outbox.parking import list_parked, send_again
from shared.outbox.processor import Processor
from shared.outbox.retry import DELAYS
from shared.outbox.tables import InboxRow
from shared.testing.clock import FrozenClock
from shared.testing.effects import (
    NOTE_WRITTEN,
    NOTES,
    SUBSCRIPTION,
    applied,
    apply_note,
    event_database,
    inversions,
    notes,
)
from shared.testing.events import REGION, hear

REPLICAS = 8
AGGREGATES = 100
VERSIONS = 5
POISON_VERSION = 2


class Poisoned:
    """Applies notes, except one; counts how often that one was tried."""

    def __init__(self, bad: Event) -> None:
        self.bad: Event | None = bad
        self._lock = threading.Lock()
        self.attempts = 0

    def __call__(self, uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
        if self.bad is not None and event.id == self.bad.id:
            with self._lock:
                self.attempts += 1
            raise ValueError("always")
        apply_note(uow, clock, actor, event)


class CountsForItself(Processor):
    """Planted: every replica counts failures of its own, in memory."""

    def _record_failure(self, session: Session, failure: Any, now: datetime) -> None:
        counts: dict[int, int] = self.__dict__.setdefault("_counts", {})
        counts[failure.row.sequence] = counts.get(failure.row.sequence, 0) + 1
        row = session.get_one(InboxRow, failure.row.sequence)
        row.state = "parked" if counts[row.sequence] >= 6 else "pending"
        row.next_attempt_at = now + timedelta(seconds=1)


class IgnoresOrder(Processor):
    """Planted: takes any due event, also behind one that waits."""

    def _due_heads(self, now: datetime) -> Select[Any]:
        return (
            select(
                InboxRow.sequence,
                InboxRow.event_type,
                InboxRow.attempts,
                InboxRow.envelope,
                InboxRow.received_at,
            )
            .where(InboxRow.state == "pending", InboxRow.next_attempt_at <= now)
            .order_by(InboxRow.sequence)
            .limit(self._batch)
            .with_for_update(skip_locked=True)
        )


class Cluster:
    """Some replicas on one inbox that holds the poison among many healthy events."""

    def __init__(self, database: Database, kind: type[Processor]) -> None:
        self.database = database
        self.events = notes(AGGREGATES, VERSIONS)
        self.bad = self.events[AGGREGATES * (POISON_VERSION - 1)]
        self.handler = Poisoned(self.bad)
        hear(database, SUBSCRIPTION, *self.events)
        self._replicas = [
            kind(database, SUBSCRIPTION, {NOTE_WRITTEN: self.handler}, registry=NOTES, batch=20)
            for _ in range(REPLICAS)
        ]

    def drain(self) -> None:
        """Let all replicas work until none finds anything due."""
        busy = [True] * REPLICAS

        def work(number: int, replica: Processor) -> None:
            busy[number] = False
            while replica.run_once():
                busy[number] = True

        while any(busy):
            threads = [
                threading.Thread(target=work, args=(number, replica))
                for number, replica in enumerate(self._replicas)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def of_poisoned_aggregate(self) -> list[int]:
        aggregate = self.bad.subject.id
        return [version for found, version in applied(self.database) if found == aggregate]


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    return event_database(new_database(postgres_url), SUBSCRIPTION, frozen_clock)


def test_a_poison_event_is_tried_six_times_and_delays_only_its_own(
    database: Database, frozen_clock: FrozenClock
) -> None:
    cluster = Cluster(database, Processor)
    cluster.drain()
    others = (AGGREGATES - 1) * VERSIONS
    assert len(applied(database)) == others + POISON_VERSION - 1

    for failures, delay in enumerate(DELAYS, start=1):
        assert cluster.handler.attempts == failures
        frozen_clock.advance(timedelta(seconds=delay * 0.79))
        cluster.drain()
        assert cluster.handler.attempts == failures
        frozen_clock.advance(timedelta(seconds=delay * 0.42))
        cluster.drain()
    frozen_clock.advance(timedelta(days=1))
    cluster.drain()

    assert cluster.handler.attempts == 6
    assert cluster.of_poisoned_aggregate() == [1]
    with database.read() as session:
        (parked,) = list_parked(session)
    assert (parked.event_id, parked.waiting) == (cluster.bad.id, VERSIONS - POISON_VERSION)

    cluster.handler.bad = None
    with database.begin() as uow:
        send_again(uow, frozen_clock, Actor.system(SUBSCRIPTION, REGION), parked.sequence)
    cluster.drain()
    assert cluster.of_poisoned_aggregate() == [1, 2, 3, 4, 5]
    assert len(applied(database)) == len(set(applied(database))) == AGGREGATES * VERSIONS
    assert inversions(applied(database)) == 0


def test_the_check_finds_replicas_that_count_for_themselves(
    database: Database, frozen_clock: FrozenClock
) -> None:
    cluster = Cluster(database, CountsForItself)
    for _ in range(60):
        if cluster.handler.attempts > 6:
            break
        cluster.drain()
        frozen_clock.advance(timedelta(seconds=300))

    assert cluster.handler.attempts > 6


def test_the_check_finds_a_processor_that_ignores_the_order(database: Database) -> None:
    cluster = Cluster(database, IgnoresOrder)
    cluster.drain()

    assert cluster.of_poisoned_aggregate() != [1]
