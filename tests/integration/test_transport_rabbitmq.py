from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, func, select

from shared.db.unit_of_work import Database
from shared.events.envelope import Event
from shared.observability.metrics import METRICS
from shared.outbox.measures import oldest_unsent_seconds, undecodable_count
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.outbox.tables import InboxRow
from shared.testing.broker import open_channel, own_topology, waiting_messages
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
from shared.testing.events import tell
from shared.testing.fault_proxy import FaultProxy
from shared.transport.port import Outgoing, TransportUnavailableError
from shared.transport.rabbitmq import topology as topology_module
from shared.transport.rabbitmq.consumer import Receiver
from shared.transport.rabbitmq.publisher import RabbitTransport
from shared.transport.rabbitmq.topology import Topology

WANTED = frozenset({NOTE_WRITTEN})


@pytest.fixture
def make_database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Callable[[str], Database]:
    return lambda service: event_database(new_database(postgres_url), service, frozen_clock)


@pytest.fixture
def topology(broker_url: str) -> Iterator[Topology]:
    with own_topology(broker_url, {SUBSCRIPTION: WANTED}) as topology:
        yield topology


@pytest.fixture
def transport(broker_url: str, topology: Topology) -> Iterator[RabbitTransport]:
    transport = RabbitTransport(broker_url, topology)
    yield transport
    transport.close()


@contextmanager
def running(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within 30 s"
        time.sleep(0.02)


def stored(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(InboxRow)).scalar_one()


def outgoing(*events: Event) -> list[Outgoing]:
    return [Outgoing(event.id, event.type, event.subject.id, "{}") for event in events]


def through(proxy: FaultProxy, url: str) -> str:
    parts = urlsplit(url)
    return url.replace(parts.netloc, f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}")


def proxy_to(url: str) -> FaultProxy:
    parts = urlsplit(url)
    return FaultProxy((parts.hostname or "127.0.0.1", parts.port or 5672))


def test_events_travel_from_outbox_to_effect_once_and_in_order(
    make_database: Callable[[str], Database],
    broker_url: str,
    topology: Topology,
    transport: RabbitTransport,
) -> None:
    source, target = make_database("target_svc"), make_database(SUBSCRIPTION)
    processor = Processor(target, SUBSCRIPTION, {NOTE_WRITTEN: apply_note}, registry=NOTES)
    receiver = Receiver(broker_url, topology, SUBSCRIPTION, target, processor.wake.set)
    tell(source, *notes(aggregates=100, versions=5))

    with running(Relay(source, transport, lambda: True).run, receiver.run, processor.run):
        wait_for(lambda: len(applied(target)) == 500, "500 effects")

    assert len(set(applied(target))) == 500
    assert inversions(applied(target)) == 0
    assert oldest_unsent_seconds(source) == 0
    assert waiting_messages(broker_url, topology, SUBSCRIPTION) == 0


def test_a_missing_queue_is_noticed_even_when_another_subscriber_has_its_own(
    broker_url: str,
) -> None:
    both = {SUBSCRIPTION: WANTED, "eval_svc": WANTED}
    event = outgoing(*notes(1, 1))
    with own_topology(broker_url, both) as topology:
        transport = RabbitTransport(broker_url, topology)
        assert transport.send(event) == {event[0].event_id}
        with open_channel(broker_url) as channel:
            for queue in topology.queues("eval_svc"):
                channel.queue_delete(queue)

        assert transport.send(event) == frozenset()
        assert transport.send(event) == {event[0].event_id}  # it was declared again
        assert waiting_messages(broker_url, topology, "eval_svc") == 1
        transport.close()


def test_a_full_queue_refuses_and_loses_nothing(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology_module, "LONGEST_QUEUE", 10)
    events = outgoing(*notes(aggregates=60, versions=1))
    with own_topology(broker_url, {SUBSCRIPTION: WANTED}, partitions=1) as topology:
        transport = RabbitTransport(broker_url, topology)
        confirmed: set[object] = set()
        for event in events:
            confirmed |= transport.send([event])
        transport.close()

        assert 0 < len(confirmed) < 60
        assert waiting_messages(broker_url, topology, SUBSCRIPTION) >= len(confirmed)


def test_an_event_without_subscribers_is_settled(transport: RabbitTransport) -> None:
    event = Outgoing(*(outgoing(*notes(1, 1))[0].event_id, "other", notes(1, 1)[0].id, "{}"))

    assert transport.send([event]) == {event.event_id}


def test_a_broker_that_is_away_is_said_so(topology: Topology) -> None:
    with FaultProxy(("127.0.0.1", 9)) as nobody:
        transport = RabbitTransport(f"amqp://guest:guest@127.0.0.1:{nobody.port}/", topology)
        with pytest.raises(TransportUnavailableError):
            transport.send(outgoing(*notes(1, 1)))


def test_the_publisher_recovers_from_a_cut_connection(broker_url: str, topology: Topology) -> None:
    first, second = (outgoing(event) for event in notes(2, 1))
    with proxy_to(broker_url) as proxy:
        transport = RabbitTransport(through(proxy, broker_url), topology, confirm_seconds=3)
        assert transport.send(first)
        proxy.cut()
        sent = transport.send(second) or transport.send(second)
        transport.close()

    assert sent == {second[0].event_id}


def test_the_receiver_connects_again_and_misses_nothing(
    make_database: Callable[[str], Database],
    broker_url: str,
    topology: Topology,
    transport: RabbitTransport,
) -> None:
    target = make_database(SUBSCRIPTION)
    events = [
        Outgoing(event.id, event.type, event.subject.id, json.dumps(event.to_json()))
        for event in notes(aggregates=90, versions=1)
    ]
    with proxy_to(broker_url) as proxy:
        receiver = Receiver(through(proxy, broker_url), topology, SUBSCRIPTION, target)
        with running(receiver.run):
            for start in range(0, 90, 30):
                assert len(transport.send(events[start : start + 30])) == 30
                proxy.cut()
            wait_for(lambda: stored(target) == 90, "90 inbox rows")

    assert waiting_messages(broker_url, topology, SUBSCRIPTION) == 0


def test_a_message_that_is_no_event_is_kept_aside_and_acknowledged(
    make_database: Callable[[str], Database],
    broker_url: str,
    topology: Topology,
    transport: RabbitTransport,
) -> None:
    target = make_database(SUBSCRIPTION)
    with running(Receiver(broker_url, topology, SUBSCRIPTION, target).run):
        assert len(transport.send(outgoing(*notes(3, 1)))) == 3
        wait_for(lambda: undecodable_count(target) == 3, "undecodable messages")
        assert METRICS.get_sample_value("broker_connected", {"service": target.service}) == 1
    assert METRICS.get_sample_value("broker_connected", {"service": target.service}) == 0

    assert waiting_messages(broker_url, topology, SUBSCRIPTION) == 0


def test_declaring_again_changes_nothing_and_other_arguments_are_an_error(
    broker_url: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    topology.declare(broker_url)
    monkeypatch.setattr(topology_module, "LONGEST_QUEUE", 11)
    transport = RabbitTransport(broker_url, topology)

    with pytest.raises(TransportUnavailableError, match="PRECONDITION_FAILED"):
        transport.send(outgoing(*notes(1, 1)))
