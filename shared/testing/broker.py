"""Exchanges and queues for one test, gone afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import amqp

from shared.transport.rabbitmq.topology import Topology


@contextmanager
def open_channel(url: str) -> Iterator[amqp.Channel]:
    """Give a channel of its own connection."""
    parts = urlsplit(url)
    with amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=parts.username or "guest",
        password=parts.password or "guest",
    ) as connection:
        yield connection.channel()


@contextmanager
def own_topology(
    url: str, subscriptions: Mapping[str, frozenset[str]], partitions: int = 2
) -> Iterator[Topology]:
    """Declare a topology under a name nobody else uses; delete it at the end."""
    topology = Topology(subscriptions, partitions, f"t_{secrets.token_hex(6)}")
    topology.declare(url)
    try:
        yield topology
    finally:
        with open_channel(url) as channel:
            for name in subscriptions:
                for queue in topology.queues(name):
                    channel.queue_delete(queue)
            channel.queue_delete(topology.dead)
            channel.exchange_delete(topology.exchange)
            channel.exchange_delete(topology.dead)


def waiting_messages(url: str, topology: Topology, subscription: str) -> int:
    """Return how many messages are ready in the queues of `subscription`."""
    with open_channel(url) as channel:
        counts: list[int] = [
            channel.queue_declare(queue, passive=True).message_count
            for queue in topology.queues(subscription)
        ]
    return sum(counts)
