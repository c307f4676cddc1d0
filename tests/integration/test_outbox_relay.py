from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from shared.db.unit_of_work import Database
from shared.outbox.measures import oldest_unsent_seconds
from shared.outbox.relay import Relay
from shared.outbox.wakeup import wake_after_telling
from shared.outbox.writer import add_to_outbox
from shared.testing.clock import FrozenClock
from shared.testing.effects import event_database, notes
from shared.testing.events import tell
from shared.transport.port import Outgoing, TransportUnavailableError


class Recorder:
    """Confirms everything except `refused`."""

    def __init__(self) -> None:
        self.batches: list[list[UUID]] = []
        self.refused: set[UUID] = set()

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        self.batches.append([item.event_id for item in batch])
        return frozenset(item.event_id for item in batch) - self.refused

    def close(self) -> None:
        return


@pytest.fixture
def database(
    any_postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    return event_database(new_database(any_postgres_url), "target_svc", frozen_clock)


@pytest.fixture
def transport() -> Recorder:
    return Recorder()


@pytest.fixture
def relay(database: Database, transport: Recorder) -> Relay:
    return Relay(database, transport, lambda: True)


def unsent(database: Database) -> int:
    with database.read() as session:
        query = text("select count(*) from outbox where sent_at is null")
        return int(session.execute(query).scalar_one())


def test_an_aggregate_has_one_event_on_its_way_at_a_time(
    database: Database, relay: Relay, transport: Recorder
) -> None:
    first, other, second = notes(aggregates=2, versions=2)[:3]
    tell(database, first, other, second)

    assert [relay.run_once(), relay.run_once(), relay.run_once()] == [2, 1, 0]
    assert transport.batches == [[first.id, other.id], [second.id]]


def test_only_confirmed_events_are_marked_and_later_ones_wait(
    database: Database, relay: Relay, transport: Recorder
) -> None:
    first, other, second, _ = notes(aggregates=2, versions=2)
    tell(database, first, other, second)
    transport.refused = {first.id}

    assert relay.run_once() == 1
    with pytest.raises(TransportUnavailableError):
        relay.run_once()
    assert transport.batches[1] == [first.id]

    transport.refused = set()
    assert [relay.run_once(), relay.run_once()] == [1, 1]
    assert transport.batches[-1] == [second.id]


def test_without_the_lease_nothing_is_sent(database: Database, transport: Recorder) -> None:
    tell(database, *notes(1, 1))

    assert Relay(database, transport, lambda: False).run_once() == 0
    assert transport.batches == []


def test_an_event_committed_late_with_an_early_number_is_sent(
    database: Database, relay: Relay, transport: Recorder
) -> None:
    early, late = notes(aggregates=2, versions=1)
    with database.begin() as slow:
        add_to_outbox(slow.session, early)
        slow.session.flush()
        tell(database, late)
        assert relay.run_once() == 1

    assert relay.run_once() == 1
    assert transport.batches == [[late.id], [early.id]]


def test_a_second_relay_passes_over_what_the_first_is_sending(
    database: Database, transport: Recorder
) -> None:
    event, following = notes(aggregates=1, versions=2)
    tell(database, event, following)
    second = Relay(database, transport, lambda: True)

    class Slow(Recorder):
        def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
            assert second.run_once() == 0
            return super().send(batch)

    assert Relay(database, Slow(), lambda: True).run_once() == 1
    assert transport.batches == []


def test_a_large_backlog_goes_in_bounded_batches(database: Database, transport: Recorder) -> None:
    tell(database, *notes(aggregates=25, versions=1))
    relay = Relay(database, transport, lambda: True, batch=10)

    assert [relay.run_once() for _ in range(4)] == [10, 10, 5, 0]


def test_the_age_of_the_oldest_unsent_event_is_known(
    database: Database, relay: Relay, frozen_clock: FrozenClock
) -> None:
    assert oldest_unsent_seconds(database) == 0
    tell(database, *notes(1, 1))
    frozen_clock.advance(timedelta(seconds=90))
    assert oldest_unsent_seconds(database) == 90
    relay.run_once()
    assert oldest_unsent_seconds(database) == 0


def test_a_commit_wakes_the_relay_but_a_rollback_or_savepoint_does_not(
    database: Database,
) -> None:
    first, second = notes(aggregates=2, versions=1)
    wake = threading.Event()
    wake_after_telling(database.engine, wake)

    with database.begin() as uow:
        add_to_outbox(uow.session, first)
        uow.session.flush()
        uow.session.rollback()
    assert not wake.is_set()

    with database.begin() as uow:
        with uow.savepoint():
            add_to_outbox(uow.session, second)
        assert not wake.is_set()
    assert wake.is_set()

    wake.clear()
    with database.begin():
        pass
    assert not wake.is_set()


def test_the_loop_survives_trouble_and_ends_when_told(
    database: Database, transport: Recorder
) -> None:
    events = notes(aggregates=3, versions=1)
    stop = threading.Event()

    class Shaky(Recorder):
        def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
            if not self.batches:
                self.batches.append([])
                raise TransportUnavailableError("away")
            stop.set()
            return super().send(batch)

    tell(database, *events)
    relay = Relay(database, Shaky(), lambda: True)
    relay.run(stop)

    assert unsent(database) == 0
