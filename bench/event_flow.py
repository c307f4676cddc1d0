"""Events from commit to processed over RabbitMQ, against a bare pipeline over the same broker.

Ours has events lying committed in an outbox; relay and publisher in one process, receiver and
processor in another carry them and mark them done, each once and in aggregate order; the use case
does nothing. Bare has its messages in memory, publishes them persistent, in windows, confirmed, to
one quorum queue, and another process stores them 200 rows to a transaction.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import amqp
import psycopg
from measuring import Result, in_turn
from sqlalchemy import make_url

from shared.access.actor import Actor
from shared.clock import Clock, SystemClock
from shared.db.engine import open_engine
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.testing.broker import open_channel, own_topology
from shared.testing.databases import temporary_database
from shared.testing.effects import (
    NOTE_WRITTEN,
    NOTES,
    SUBSCRIPTION,
    event_database,
    notes,
)
from shared.testing.events import tell
from shared.transport.rabbitmq.consumer import Receiver
from shared.transport.rabbitmq.publisher import RabbitTransport
from shared.transport.rabbitmq.topology import Topology

EVENTS = 6_000
VERSIONS = 3
AIM = 0.4
WINDOW = 500
STORED_AT_ONCE = 200
LONGEST_SECONDS = 60.0
_SPAWN = multiprocessing.get_context("spawn")


def measure(server: str, broker: str) -> Result:
    """Carry the same events both ways in turn."""
    bodies = [json.dumps(event.to_json()).encode() for event in notes(EVENTS // VERSIONS, VERSIONS)]
    ours, bare = in_turn(partial(_ours, server, broker), partial(_bare, server, broker, bodies))
    return Result(
        f"{EVENTS:,} 个事件从提交到处理完（RabbitMQ）",
        ours=ours,
        bare=bare,
        bare_title="窗口确认发布到仲裁队列、每 200 行提交一次",
        aim=AIM,
        side="≥",
    )


def _ours(server: str, broker: str) -> float:
    wanted = {SUBSCRIPTION: frozenset({NOTE_WRITTEN})}
    with (
        own_topology(broker, wanted, partitions=4) as topology,
        temporary_database(server) as telling,
        temporary_database(server) as hearing,
    ):
        told = event_database(telling, "target_svc", SystemClock())
        heard = event_database(hearing, SUBSCRIPTION, SystemClock())
        tell(told, *notes(EVENTS // VERSIONS, VERSIONS))
        transport = RabbitTransport(broker, topology)
        relay = Relay(told, transport, lambda: True)
        address = heard.engine.url.render_as_string(hide_password=False)
        with _beside(_receive, broker, topology, address):
            transport.send([])  # connected, as in a service that has been running
            stop = threading.Event()
            sender = threading.Thread(target=relay.run, args=(stop,))
            start = time.perf_counter()
            sender.start()
            try:
                _wait_for_rows(address, "inbox where handled_at is not null")
                return time.perf_counter() - start
            finally:
                stop.set()
                relay.wake.set()
                sender.join()
                transport.close()


def _note(_uow: UnitOfWork, _clock: Clock, _actor: Actor, _event: Event) -> None:
    """Do nothing: what is measured is the way, not a use case."""


def _receive(broker: str, topology: Topology, address: str, ready: Any, ended: Any) -> None:  # noqa: ANN401 (events of the process context)
    """Run receiver and processor until told to end."""
    database = Database(open_engine(make_url(address)), SUBSCRIPTION, SystemClock())
    handlers = {NOTE_WRITTEN: _note}
    processor = Processor(database, SUBSCRIPTION, handlers, registry=NOTES)
    receiver = Receiver(broker, topology, SUBSCRIPTION, database, processor.wake.set)
    stop = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in (receiver, processor)]
    for thread in threads:
        thread.start()
    receiver.connected.wait(LONGEST_SECONDS)
    ready.set()
    ended.wait()
    stop.set()
    processor.wake.set()
    for thread in threads:
        thread.join()


def _bare(server: str, broker: str, bodies: list[bytes]) -> float:
    queue = f"t_bench_{time.monotonic_ns()}"
    with temporary_database(server) as engine, open_channel(broker) as channel:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "create table stored (position bigint generated always as identity primary key,"
                " body jsonb not null)"
            )
        channel.queue_declare(
            queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
        try:
            address = engine.url.render_as_string(hide_password=False)
            with _beside(_store, broker, queue, address):
                start = time.perf_counter()
                _publish(channel, queue, bodies)
                _wait_for_rows(address, "stored")
                return time.perf_counter() - start
        finally:
            channel.queue_delete(queue)


def _publish(channel: Any, queue: str, bodies: list[bytes]) -> None:  # noqa: ANN401 (untyped)
    open_tags: set[int] = set()

    def confirmed(tag: int, multiple: bool) -> None:  # noqa: FBT001 (the library calls it so)
        done = {other for other in open_tags if other <= tag} if multiple else {tag}
        open_tags.difference_update(done)

    channel.confirm_select()
    channel.events["basic_ack"].add(confirmed)
    for at in range(0, len(bodies), WINDOW):
        for number, body in enumerate(bodies[at : at + WINDOW], start=at + 1):
            open_tags.add(number)
            channel.basic_publish(amqp.Message(body, delivery_mode=2), "", queue, mandatory=True)
        while open_tags:
            channel.connection.drain_events(timeout=LONGEST_SECONDS)


def _store(broker: str, queue: str, address: str, ready: Any, ended: Any) -> None:  # noqa: ANN401
    """Store messages until told to end; acknowledge after each commit."""
    with psycopg.connect(_program_url(address)) as database, open_channel(broker) as channel:
        held: list[Any] = []

        def store() -> None:
            with database.cursor().copy("copy stored (body) from stdin") as copy:
                for message in held:
                    copy.write_row([_text(message.body)])
            database.commit()
            channel.basic_ack(held[-1].delivery_tag, multiple=True)
            held.clear()

        channel.basic_qos(0, 2 * STORED_AT_ONCE, a_global=False)
        channel.basic_consume(queue, callback=held.append)
        ready.set()
        while not ended.is_set():
            try:
                channel.connection.drain_events(timeout=0.02)
            except TimeoutError:
                if held:
                    store()
            if len(held) >= STORED_AT_ONCE:
                store()


@contextmanager
def _beside(work: Callable[..., None], *given: object) -> Iterator[None]:
    """Run `work` in a process of its own, ready before the block and told to end after it."""
    ready, ended = _SPAWN.Event(), _SPAWN.Event()
    process = _SPAWN.Process(target=work, args=(*given, ready, ended))
    process.start()
    try:
        if not ready.wait(LONGEST_SECONDS):
            raise TimeoutError(work.__name__)
        yield
    finally:
        ended.set()
        process.join(LONGEST_SECONDS)
        if process.is_alive():
            process.kill()


def _wait_for_rows(address: str, table: str) -> None:
    """Look until all events have left their row; raise `TimeoutError` when they do not come."""
    deadline = time.monotonic() + LONGEST_SECONDS
    with psycopg.connect(_program_url(address), autocommit=True) as connection:
        while True:
            row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
            if row and row[0] >= EVENTS:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{table}: {row}")
            time.sleep(0.05)


def _text(body: bytes | str) -> str:
    return body if isinstance(body, str) else body.decode()


def _program_url(address: str) -> str:
    """Return an engine's address as psycopg takes it."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
