"""Publishing to RabbitMQ with a window of unconfirmed messages, each ack matched to its message.

After any trouble (a refused or returned message, an ack that does not come) the whole connection
is thrown away: what comes late on it can then be mistaken for nothing. The events stay in the
outbox and go out again over a fresh connection, which declares all queues first.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pika
import structlog
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError
from pika.spec import Basic

from shared.events.envelope import CONTENT_TYPE
from shared.transport.port import Outgoing, TransportUnavailableError
from shared.transport.rabbitmq.topology import Topology, connection_parameters

_log = structlog.get_logger(__name__)

Copy = tuple[UUID, str]
"""One subscriber's copy of an event: event id and routing key."""


@dataclass(slots=True)
class Window:
    """The copies of one batch and what became of them."""

    items: Sequence[tuple[Outgoing, tuple[str, ...]]]
    open: dict[int, Copy] = field(default_factory=dict)  # delivery tag → copy, in order of tags
    failed: set[UUID] = field(default_factory=set)
    settled: threading.Event = field(default_factory=threading.Event)
    is_published: bool = False

    def confirmed(self) -> frozenset[UUID]:
        """Return the events of which every copy was confirmed."""
        if not self.is_published:
            return frozenset()
        unsure = self.failed | {event_id for event_id, _ in self.open.values()}
        return frozenset(item.event_id for item, _ in self.items if item.event_id not in unsure)

    @property
    def is_clean(self) -> bool:
        """Tell whether every copy was confirmed."""
        return self.is_published and not self.open and not self.failed


class Link:
    """One connection with one confirming channel, living in a thread of its own."""

    def __init__(self, url: str, exchange: str) -> None:
        self._exchange = exchange
        self._channel: Any = None
        self._window: Window | None = None
        self._next_tag = 1
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._connection = pika.SelectConnection(
            connection_parameters(url),
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_end,
            on_close_callback=self._on_end,
        )
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    @property
    def is_usable(self) -> bool:
        """Tell whether messages can be published now."""
        return self._ready.is_set() and not self._ended.is_set()

    def wait_until_usable(self, seconds: float) -> bool:
        """Wait until the channel is open or the connection has failed."""
        self._ready.wait(seconds)
        return self.is_usable

    def publish(self, window: Window, seconds: float) -> None:
        """Publish a window and wait until all is settled, the link ends, or time is up."""
        self._window = window
        if self.is_usable:
            self._connection.ioloop.add_callback_threadsafe(lambda: self._publish(window))
            window.settled.wait(seconds)

    def close(self) -> None:
        """End the connection and its thread; anything unconfirmed stays unconfirmed."""
        if not self._ended.is_set():
            self._connection.ioloop.add_callback_threadsafe(self._shut)
        self._thread.join(timeout=2)
        if self._thread.is_alive():  # the broker does not answer the closing handshake
            self._connection.ioloop.add_callback_threadsafe(self._connection.ioloop.stop)
            self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            self._connection.ioloop.start()
        except Exception:  # noqa: BLE001 (pika raises what its sockets raise)
            _log.exception("publisher connection failed")
        finally:
            self._on_end(self._connection, None)
            self._connection.ioloop.close()

    def _on_open(self, connection: Any) -> None:  # noqa: ANN401 (pika is untyped)
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:  # noqa: ANN401
        self._channel = channel
        channel.add_on_close_callback(lambda *_: self._shut())
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._ready.set())

    def _on_end(self, _connection: Any, reason: Any) -> None:  # noqa: ANN401
        if not self._ended.is_set() and reason is not None:
            _log.info("publisher connection ended", reason=repr(reason))
        self._ended.set()
        self._ready.set()  # let a waiter look at `is_usable`
        if self._window is not None:
            self._window.settled.set()
        self._connection.ioloop.stop()

    def _shut(self) -> None:
        if not (self._connection.is_closing or self._connection.is_closed):
            self._connection.close()

    def _publish(self, window: Window) -> None:
        if self._channel is None or not self._channel.is_open:
            window.settled.set()
            return
        for outgoing, routes in window.items:
            body = outgoing.envelope.encode()
            properties = pika.BasicProperties(
                content_type=CONTENT_TYPE,
                delivery_mode=pika.DeliveryMode.Persistent.value,
                message_id=str(outgoing.event_id),
                type=outgoing.event_type,
            )
            for route in routes:
                window.open[self._next_tag] = (outgoing.event_id, route)
                self._next_tag += 1
                self._channel.basic_publish(self._exchange, route, body, properties, mandatory=True)
        window.is_published = True
        self._settle(window)

    def _on_return(self, _channel: Any, method: Any, properties: Any, _body: Any) -> None:  # noqa: ANN401
        _log.warning("message returned", route=method.routing_key, reason=method.reply_text)
        if self._window is not None:
            self._window.failed.add(UUID(properties.message_id))

    def _on_confirm(self, frame: Any) -> None:  # noqa: ANN401
        method, window = frame.method, self._window
        if window is None:
            return
        tags = [method.delivery_tag]
        if method.multiple:
            tags = [tag for tag in window.open if tag <= method.delivery_tag]
        for tag in tags:
            copy = window.open.pop(tag, None)
            if copy is not None and not isinstance(method, Basic.Ack):
                window.failed.add(copy[0])
        self._settle(window)

    def _settle(self, window: Window) -> None:
        if window.is_published and not window.open:
            window.settled.set()


class RabbitTransport:
    """Sends events to the queues of all subscribers; used by one thread, the relay's."""

    def __init__(self, url: str, topology: Topology, *, confirm_seconds: float = 10.0) -> None:
        self._url = url
        self._topology = topology
        self._confirm_seconds = confirm_seconds
        self._link: Link | None = None

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        """Publish the batch and wait for the confirms; see `Transport.send`."""
        window = Window(
            [(item, self._topology.routes(item.event_type, item.aggregate_id)) for item in batch]
        )
        link = self._usable_link()
        link.publish(window, self._confirm_seconds)
        if window.is_clean:
            return window.confirmed()
        self.close()  # first: its thread must not touch the window any more
        confirmed = window.confirmed()
        _log.warning("publisher starts afresh", confirmed=len(confirmed), of=len(batch))
        return confirmed

    def close(self) -> None:
        """Close the connection; the next `send` would open another."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _usable_link(self) -> Link:
        if self._link is not None and self._link.is_usable:
            return self._link
        self.close()
        try:
            self._topology.declare(self._url)
        except (AMQPError, AMQPConnectorException, OSError) as error:
            raise TransportUnavailableError(f"RabbitMQ: {error!r}") from error
        self._link = Link(self._url, self._topology.exchange)
        if not self._link.wait_until_usable(self._confirm_seconds):
            self.close()
            raise TransportUnavailableError("RabbitMQ: no channel")
        return self._link
