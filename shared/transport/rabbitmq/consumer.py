"""Receiving from RabbitMQ: many messages into the inbox in one transaction, then one ack for all.

The ack comes only after the commit. A process that dies in between gets the messages again, and
the inbox knows them. No business act runs here, so nothing slow ever holds a delivery.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Consumer

from shared.db.unit_of_work import Database
from shared.observability.metrics import BROKER_CONNECTED
from shared.outbox.inbox import take_in
from shared.transport.rabbitmq.topology import HEARTBEAT_SECONDS, Topology

_log = structlog.get_logger(__name__)

BATCH = 200
BATCH_SECONDS = 0.02
PREFETCH = 2 * BATCH
"""Unacknowledged messages for each queue: one batch being stored, one on its way."""

LOOK_SECONDS = 0.5
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 15.0


def _tell_nobody() -> None:
    return


class Receiver:
    """Receives for one subscription. `arrived` is called after the inbox got something."""

    def __init__(
        self,
        url: str,
        topology: Topology,
        subscription: str,
        database: Database,
        arrived: Callable[[], None] = _tell_nobody,
    ) -> None:
        self._url = url
        self._topology = topology
        self._subscription = subscription
        self._database = database
        self._arrived = arrived
        self._held: list[Any] = []
        self._held_since = 0.0
        self.connected = threading.Event()
        self._gauge = BROKER_CONNECTED.labels(database.service)
        self._gauge.set(0)

    def run(self, stop: threading.Event) -> None:
        """Receive until `stop`; after any trouble connect again, for ever.

        Stops in phases: no new deliveries, what is held goes to the inbox and is acknowledged, then
        the connection is closed; the broker hands the rest to another consumer.
        """
        pause = FIRST_RETRY_SECONDS
        while not stop.is_set():
            try:
                self._topology.declare(self._url)
                self._receive(stop)
            except Exception as error:  # noqa: BLE001 (a receiver never gives up)
                if self.connected.is_set():
                    pause = FIRST_RETRY_SECONDS
                _log.warning(
                    "receiver lost its connection",
                    subscription=self._subscription,
                    retry_seconds=pause,
                    error=repr(error),
                )
                self._disconnected()
                stop.wait(pause)
                pause = min(pause * 2, LAST_RETRY_SECONDS)
        self._disconnected()

    def _disconnected(self) -> None:
        self.connected.clear()
        self._gauge.set(0)

    def _receive(self, stop: threading.Event) -> None:
        self._held = []
        connection = Connection(
            self._url,
            heartbeat=HEARTBEAT_SECONDS,
            connect_timeout=5,
            transport_options={"read_timeout": 10, "write_timeout": 10},
        )
        try:
            channel = connection.channel()
            names = self._topology.queues(self._subscription)
            consumer = Consumer(
                channel,
                [Queue(name, no_declare=True) for name in names],
                on_message=self._hold,
                auto_declare=False,
                prefetch_count=PREFETCH,
            )
            consumer.consume()
            self.connected.set()
            self._gauge.set(1)
            while not stop.is_set():
                self._drain(connection)
            consumer.cancel()
            self._store()
        except BaseException:
            connection.collect()  # no handshake with somebody who may not answer
            raise
        connection.release()

    def _hold(self, message: Any) -> None:  # noqa: ANN401 (kombu is untyped)
        if not self._held:
            self._held_since = time.monotonic()
        self._held.append(message)

    def _drain(self, connection: Any) -> None:  # noqa: ANN401
        left = LOOK_SECONDS
        if self._held:
            left = self._held_since + BATCH_SECONDS - time.monotonic()
        if left <= 0 or len(self._held) >= BATCH:
            self._store()
            return
        try:
            connection.drain_events(timeout=left)
        except TimeoutError:
            connection.heartbeat_check()
            self._store()

    def _store(self) -> None:
        """Commit what is held, then acknowledge all deliveries of the channel up to the last."""
        if not self._held:
            return
        bodies = [_bytes(message.body) for message in self._held]
        take_in(self._database, self._subscription, bodies)
        self._held[-1].ack(multiple=True)
        self._held = []
        self._arrived()


def _bytes(body: bytes | str | memoryview) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
