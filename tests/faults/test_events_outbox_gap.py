"""Nothing committed is ever passed over by the relay, and no aggregate's events change places.

Writers commit after random delays, so that transactions end in another order than their rows were
numbered. `WENXIAO_FAULT_SECONDS` makes it longer.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from shared.clock import SystemClock
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.outbox.relay import Relay
from shared.outbox.tables import OutboxRow
from shared.outbox.writer import add_to_outbox
from shared.testing.effects import NOTE_WRITTEN, event_database, inversions
from shared.testing.events import make_event
from shared.transport.port import Outgoing

SECONDS = float(os.environ.get("WENXIAO_FAULT_SECONDS", "3"))
WRITERS = 8
AGGREGATES_EACH = 3
PATIENCE = 60
"""Seconds after which a step that never comes fails the test."""


class Journal:
    """A transport that writes down what arrives, each message after a small random delay."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(7)
        self.arrived: dict[UUID, UUID] = {}  # event → aggregate, in the order of first arrival

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        for item in batch:
            time.sleep(self._random.uniform(0, 0.002))
            with self._lock:
                self.arrived.setdefault(item.event_id, item.aggregate_id)
        return frozenset(item.event_id for item in batch)

    def close(self) -> None:
        return


class CursorRelay(Relay):
    """Planted: remembers the highest number seen instead of looking for unsent rows."""

    _seen = 0

    def _claim(self, session: Session) -> list[tuple[int, Outgoing]]:
        rows = session.scalars(
            select(OutboxRow).where(OutboxRow.sequence > self._seen).order_by(OutboxRow.sequence)
        ).all()
        self._seen = max([self._seen, *(row.sequence for row in rows)])
        return [(row.sequence, as_outgoing(row)) for row in rows]


class HeadlessRelay(Relay):
    """Planted: takes any unsent rows, also when an earlier one of the aggregate is on its way."""

    def _claim(self, session: Session) -> list[tuple[int, Outgoing]]:
        rows = session.scalars(
            select(OutboxRow)
            .where(OutboxRow.sent_at.is_(None))
            .order_by(OutboxRow.sequence)
            .limit(4)
            .with_for_update(skip_locked=True)
        ).all()
        return [(row.sequence, as_outgoing(row)) for row in rows]


def as_outgoing(row: OutboxRow) -> Outgoing:
    return Outgoing(row.event_id, row.event_type, row.aggregate_id, "{}")


@pytest.fixture
def database(postgres_url: str, new_database: Callable[[str], Engine]) -> Database:
    return event_database(new_database(postgres_url), "target_svc", SystemClock())


def write(
    database: Database, until: float, seed: int, committed: dict[UUID, tuple[UUID, int]]
) -> None:
    chance = random.Random(seed)
    versions = {new_id(): 0 for _ in range(AGGREGATES_EACH)}
    while time.monotonic() < until:
        aggregate = chance.choice(list(versions))
        versions[aggregate] += 1
        event = make_event(NOTE_WRITTEN, aggregate=aggregate, version=versions[aggregate])
        with database.begin() as uow:
            add_to_outbox(uow.session, event)
            uow.session.flush()
            time.sleep(chance.uniform(0, 0.03))
        committed[event.id] = (aggregate, event.subject.version)


def run(database: Database, relays: list[Relay]) -> dict[UUID, tuple[UUID, int]]:
    """Write and relay together, then let the first relay finish; return what was written."""
    committed: dict[UUID, tuple[UUID, int]] = {}
    stop = threading.Event()
    until = time.monotonic() + SECONDS
    writers = [
        threading.Thread(target=write, args=(database, until, seed, committed))
        for seed in range(WRITERS)
    ]
    movers = [threading.Thread(target=relay.run, args=(stop,)) for relay in relays]
    for thread in writers + movers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in movers:
        thread.join()
    while relays[0].run_once():
        pass
    return committed


def order(journal: Journal, committed: dict[UUID, tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    return [committed[event_id] for event_id in journal.arrived if event_id in committed]


@pytest.mark.parametrize("relays", [1, 3])
def test_every_committed_event_is_sent_and_in_order(database: Database, relays: int) -> None:
    journal = Journal()
    committed = run(database, [Relay(database, journal, lambda: True) for _ in range(relays)])

    assert len(committed) > 100
    assert committed.keys() - journal.arrived.keys() == set()
    assert journal.arrived.keys() - committed.keys() == set()
    assert inversions(order(journal, committed)) == 0


class Held(Journal):
    """A transport that keeps its first batch back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self._first = threading.Lock()
        self.began = threading.Event()
        self.go_on = threading.Event()

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        if self._first.acquire(blocking=False):
            self.began.set()
            assert self.go_on.wait(PATIENCE)
        return super().send(batch)


def late_commit(database: Database, kind: type[Relay]) -> set[UUID]:
    """Commit the first number only after the relay has sent the second; return what is missing."""
    journal = Journal()
    relay = kind(database, journal, lambda: True)
    early, later = (make_event(NOTE_WRITTEN, aggregate=new_id()) for _ in range(2))
    with database.begin() as uow:
        add_to_outbox(uow.session, early)
        uow.session.flush()
        with database.begin() as other:
            add_to_outbox(other.session, later)
        relay.run_once()
    relay.run_once()
    return {early.id, later.id} - journal.arrived.keys()


def overtaking(database: Database, kind: type[Relay]) -> int:
    """Let a second relay run while the first one's batch is on its way; count inversions."""
    aggregate, journal = new_id(), Held()
    events = [make_event(NOTE_WRITTEN, aggregate=aggregate, version=each) for each in range(1, 9)]
    with database.begin() as uow:
        for event in events:
            add_to_outbox(uow.session, event)
    first, second = (kind(database, journal, lambda: True) for _ in range(2))
    slow = threading.Thread(target=first.run_once)
    slow.start()
    assert journal.began.wait(PATIENCE)
    second.run_once()
    journal.go_on.set()
    slow.join()
    while first.run_once():
        pass
    versions = {event.id: (aggregate, event.subject.version) for event in events}
    assert len(journal.arrived) == len(events)
    return inversions(order(journal, versions))


def test_a_number_committed_late_is_sent(database: Database) -> None:
    assert late_commit(database, Relay) == set()


def test_the_check_finds_a_relay_that_trusts_the_numbers(database: Database) -> None:
    assert late_commit(database, CursorRelay)


def test_a_second_relay_never_overtakes_the_first(database: Database) -> None:
    assert overtaking(database, Relay) == 0


def test_the_check_finds_relays_that_overtake_one_another(database: Database) -> None:
    assert overtaking(database, HeadlessRelay) > 0
