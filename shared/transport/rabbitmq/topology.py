"""Exchange, queues and their arguments: the same wherever they are declared.

Each subscription has some hash-partition queues; all events of an aggregate go to the same one,
and only one consumer at a time is active on a queue, so an aggregate's events stay in order. Every
copy is addressed to one subscription: a missing queue is noticed (`mandatory`) even when other
subscribers have theirs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pika

from shared.errors import UnavailableError

# A returned message counts as a delivery, and so does each lost connection: a low limit throws
# healthy messages away after a few disconnects. Attempts are counted in the inbox, not here.
DELIVERY_LIMIT = 1_000_000_000

HEARTBEAT_SECONDS = 20
HANDSHAKE_SECONDS = 10

LONGEST_QUEUE = 1_000_000
"""Messages a queue takes before it refuses more; the rest stays in the outbox."""


class QueueInUseError(UnavailableError):
    """A receiver is connected: what it holds would come back after the queues were emptied."""

    code = "queue_in_use"
    sentence = "还有进程在接收事件；请先停止全部 wenxiao worker 再执行。"


@dataclass(frozen=True, slots=True)
class Topology:
    """What is declared for the registered `subscriptions`: name → event types.

    `partitions` must be the same in all processes; change it only while the queues are empty.
    """

    subscriptions: Mapping[str, frozenset[str]]
    partitions: int = 4
    prefix: str = "wenxiao"

    @property
    def exchange(self) -> str:
        """Name of the direct exchange events go to; a routing key is a queue's name."""
        return f"{self.prefix}.events"

    @property
    def dead(self) -> str:
        """Name of the exchange and queue for messages a queue gave up; normally empty."""
        return f"{self.prefix}.dead"

    def queues(self, subscription: str) -> tuple[str, ...]:
        """Return the names of all partition queues of `subscription`."""
        return tuple(f"{self.prefix}.{subscription}.{n}" for n in range(self.partitions))

    def routes(self, event_type: str, aggregate_id: UUID) -> tuple[str, ...]:
        """Return the routing key of each subscriber's copy; empty when nobody subscribes."""
        partition = zlib.crc32(aggregate_id.bytes) % self.partitions
        return tuple(
            self.queues(name)[partition]
            for name, event_types in self.subscriptions.items()
            if event_type in event_types
        )

    def queue_arguments(self) -> dict[str, Any]:
        """Return the arguments of a partition queue, valid on RabbitMQ 3.10 and 4.x."""
        return {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": self.dead,
            "x-max-length": LONGEST_QUEUE,
            "x-overflow": "reject-publish",
        }

    def declare(self, url: str) -> None:
        """Declare everything over a connection of its own; a second time changes nothing.

        Raises `pika.exceptions.AMQPError` when the broker is away or has a queue of the same name
        with other arguments.
        """
        connection = pika.BlockingConnection(connection_parameters(url))
        try:
            channel = connection.channel()
            channel.exchange_declare(self.dead, "fanout", durable=True)
            channel.queue_declare(self.dead, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(self.dead, self.dead)
            channel.exchange_declare(self.exchange, "direct", durable=True)
            for subscription in self.subscriptions:
                for queue in self.queues(subscription):
                    channel.queue_declare(queue, durable=True, arguments=self.queue_arguments())
                    channel.queue_bind(queue, self.exchange, queue)
        finally:
            if connection.is_open:
                connection.close()

    def renew(self, url: str) -> int:
        """Delete all partition queues with what is in them, and declare them anew.

        Returns how many messages went. For after a restore only: what waits there may come from
        acts that are lost, and whatever is not lost stands in the outboxes. Raises
        `QueueInUseError` while somebody consumes, else as `declare`.
        """
        self.declare(url)
        connection = pika.BlockingConnection(connection_parameters(url))
        try:
            channel = connection.channel()
            queues = [queue for name in self.subscriptions for queue in self.queues(name)]
            states = [channel.queue_declare(queue, passive=True).method for queue in queues]
            if any(state.consumer_count for state in states):
                raise QueueInUseError
            # Emptying would leave what a killed receiver still holds; it would come back later.
            gone = sum(int(channel.queue_delete(queue).method.message_count) for queue in queues)
        finally:
            if connection.is_open:
                connection.close()
        self.declare(url)
        return gone


def connection_parameters(url: str) -> pika.URLParameters:
    """Return how we connect: one try, short timeouts, heartbeats."""
    parameters = pika.URLParameters(url)
    if not parameters.virtual_host:  # `amqp://host//`, which kombu reads as the vhost "/"
        parameters.virtual_host = "/"
    parameters.heartbeat = HEARTBEAT_SECONDS
    parameters.socket_timeout = 5
    parameters.stack_timeout = HANDSHAKE_SECONDS
    parameters.blocked_connection_timeout = 30
    parameters.connection_attempts = 1
    return parameters
