"""An event marked sent is in the broker, whatever the network does to acks and messages.

`WENXIAO_FAULT_SECONDS` makes it longer.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from shared.testing.broker import open_channel, own_topology
from shared.testing.effects import NOTE_WRITTEN, SUBSCRIPTION, notes
from shared.testing.fault_proxy import FaultProxy
from shared.transport.port import Outgoing, TransportUnavailableError
from shared.transport.rabbitmq import publisher
from shared.transport.rabbitmq import topology as topology_module
from shared.transport.rabbitmq.publisher import Link, RabbitTransport, Window
from shared.transport.rabbitmq.topology import Topology

ROUNDS = max(2, int(float(os.environ.get("WENXIAO_FAULT_SECONDS", "8")) / 4))
PATIENCE = 0.4
ACK_DELAY = 0.6  # longer than the publisher waits, shorter than twice as long


class CreditsAnyAck(Link):
    """Planted: takes any ack for the oldest open message of the present window."""

    def _on_confirm(self, _frame: Any) -> None:
        if self._window and self._window.open:
            self._window.open.pop(next(iter(self._window.open)))
            self._settle(self._window)


class KeepsConnection(RabbitTransport):
    """Planted: goes on with the same connection after an ack that did not come."""

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        window = Window(
            [(item, self._topology.routes(item.event_type, item.aggregate_id)) for item in batch]
        )
        self._usable_link().publish(window, self._confirm_seconds)
        return window.confirmed()


@pytest.fixture
def topology(broker_url: str) -> Iterator[Topology]:
    with own_topology(broker_url, {SUBSCRIPTION: frozenset({NOTE_WRITTEN})}) as topology:
        yield topology


@pytest.fixture
def proxy(broker_url: str) -> Iterator[FaultProxy]:
    parts = urlsplit(broker_url)
    with FaultProxy((parts.hostname or "127.0.0.1", parts.port or 5672)) as proxy:
        yield proxy


@pytest.fixture
def url(broker_url: str, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(topology_module, "HANDSHAKE_SECONDS", 1)
    parts = urlsplit(broker_url)
    return f"amqp://{parts.username}:{parts.password}@127.0.0.1:{proxy.port}/"


def confirmed(transport: RabbitTransport, number: int = 1) -> set[UUID]:
    batch = [
        Outgoing(event.id, event.type, event.subject.id, "{}")
        for event in notes(aggregates=number, versions=1)
    ]
    try:
        return set(transport.send(batch))
    except TransportUnavailableError:
        return set()


def in_broker(url: str, topology: Topology) -> set[UUID]:
    found = set()
    with open_channel(url) as channel:
        for queue in topology.queues(SUBSCRIPTION):
            channel.basic_consume(
                queue,
                no_ack=True,
                callback=lambda message: found.add(UUID(message.properties["message_id"])),
            )
        with suppress(TimeoutError):
            while True:
                channel.connection.drain_events(timeout=2)
    return found


def late_ack_then_lost_message(proxy: FaultProxy, transport: RabbitTransport) -> set[UUID]:
    claimed = confirmed(transport)
    proxy.delay_answers = ACK_DELAY
    claimed |= confirmed(transport)
    proxy.swallow_requests = True
    proxy.delay_answers = 0
    claimed |= confirmed(transport)
    proxy.heal()
    return claimed


def cut_in_the_middle(proxy: FaultProxy, transport: RabbitTransport, after: int) -> set[UUID]:
    claimed = confirmed(transport)
    proxy.cut_after = after
    claimed |= confirmed(transport, 20)
    proxy.heal()
    return claimed


def test_whatever_is_confirmed_is_in_the_broker(
    broker_url: str, url: str, topology: Topology, proxy: FaultProxy
) -> None:
    chance = random.Random(3)
    transport = RabbitTransport(url, topology, confirm_seconds=PATIENCE)
    claimed: set[UUID] = set()
    for _ in range(ROUNDS):
        claimed |= late_ack_then_lost_message(proxy, transport)
        claimed |= cut_in_the_middle(proxy, transport, after=chance.randint(1, 4000))
    last = confirmed(transport) or confirmed(transport)
    transport.close()

    assert last
    assert len(claimed) >= ROUNDS
    assert (claimed | last) - in_broker(broker_url, topology) == set()


def test_the_check_finds_a_publisher_that_credits_any_ack(
    broker_url: str,
    url: str,
    topology: Topology,
    proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publisher, "Link", CreditsAnyAck)
    transport = KeepsConnection(url, topology, confirm_seconds=PATIENCE)

    claimed = late_ack_then_lost_message(proxy, transport)
    transport.close()

    assert claimed - in_broker(broker_url, topology)
