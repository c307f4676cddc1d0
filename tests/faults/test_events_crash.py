"""A crash at any step of relay, receiver or processor costs no event and repeats no effect.

The n-th database statement, commit or ack raises, for n = 1, 2 … until a run ends without a crash;
after each crash the work is taken up by a fresh worker. A crash is no `Exception`, so no error
handling softens it: all that remains is what the database and the broker hold.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

import pytest
from kombu.message import Message
from sqlalchemy import Engine, event, func, select

from shared.clock import SystemClock
from shared.db.unit_of_work import Database
from shared.outbox.inbox import take_in
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.outbox.tables import InboxRow
from shared.testing.broker import own_topology
from shared.testing.effects import (
    NOTE_WRITTEN,
    NOTES,
    SUBSCRIPTION,
    applied,
    apply_note,
    event_database,
    notes,
)
from shared.testing.events import hear, tell
from shared.transport.local import LocalTransport
from shared.transport.rabbitmq.consumer import Receiver
from shared.transport.rabbitmq.publisher import RabbitTransport

WANTED = frozenset({NOTE_WRITTEN})
EACH = 3


class Crash(BaseException):
    """The process is gone."""


class Crashes:
    """Crashes at step `at`."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.steps = 0

    def step(self, *_: object, **__: object) -> None:
        self.steps += 1
        if self.steps == self._at:
            raise Crash

    @contextmanager
    def on(self, *databases: Database) -> Iterator[None]:
        names = ("before_cursor_execute", "after_cursor_execute", "commit")
        targets = [(database.engine, name) for database in databases for name in names]
        for engine, name in targets:
            event.listen(engine, name, self.step)
        try:
            yield
        finally:
            for engine, name in targets:
                event.remove(engine, name, self.step)


def survives(work: Callable[[], object]) -> bool:
    try:
        work()
    except Crash:
        return False
    return True


@pytest.fixture
def make_database(
    postgres_url: str, new_database: Callable[[str], Engine]
) -> Callable[[str], Database]:
    return lambda service: event_database(new_database(postgres_url), service, SystemClock())


def stored(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(InboxRow)).scalar_one()


class DoneApart(Processor):
    """Planted: the effects in one transaction, the `done` marks in another."""

    def run_once(self) -> int:
        with self._database.begin() as uow:
            rows = self._claim(uow.session, self._database.clock.now())
            if not rows:
                return 0
            self._apply_batch(uow, rows)
        with self._database.begin() as uow:
            self._mark_done(uow.session, rows)
        return len(rows)


class MarksFirst(Relay):
    """Planted: marks an event sent before it is."""

    def run_once(self) -> int:
        with self._database.begin() as uow:
            heads = self._claim(uow.session)
            self._mark_sent(uow.session, [sequence for sequence, _ in heads])
        self._transport.send([outgoing for _, outgoing in heads])
        return len(heads)


class AcksFirst(Receiver):
    """Planted: acknowledges before the inbox has it."""

    def _store(self) -> None:
        if self._held:
            bodies = [bytes(message.body) for message in self._held]
            self._held[-1].ack(multiple=True)
            self._held = []
            take_in(self._database, self._subscription, bodies)
            self._arrived()


def crash_processor(database: Database, kind: type[Processor]) -> int:
    """Crash at every step; return how many effects are too many or missing."""
    for at in count(1):
        hear(database, SUBSCRIPTION, *notes(EACH, 1))
        crashes = Crashes(at)
        worker = kind(database, SUBSCRIPTION, {NOTE_WRITTEN: apply_note}, registry=NOTES)
        with crashes.on(database):
            finished = survives(worker.run_once)
        while worker.run_once():
            pass
        found = applied(database)
        wrong = abs(len(found) - EACH * at) + len(found) - len(set(found))
        if finished or wrong:
            assert at > EACH
            return wrong
    raise AssertionError


def crash_relay(source: Database, target: Database, kind: type[Relay]) -> int:
    """Crash at every step; return how many inbox rows are too many or missing."""
    for at in count(1):
        tell(source, *notes(EACH, 1))
        transport = LocalTransport({SUBSCRIPTION: (target, WANTED)})
        with Crashes(at).on(source, target):
            finished = survives(kind(source, transport, lambda: True).run_once)
        fresh = kind(source, transport, lambda: True)
        while fresh.run_once():
            pass
        wrong = abs(stored(target) - EACH * at)
        if finished or wrong:
            assert at > 4
            return wrong
    raise AssertionError


def receive_all(receiver: Receiver, database: Database, expected: int, patience: float) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=receiver.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + patience
    while stored(database) < expected and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join()


def crash_receiver(
    url: str, database: Database, kind: type[Receiver], monkeypatch: pytest.MonkeyPatch
) -> int:
    """Crash at every step, acks included; return how many inbox rows are missing."""
    plain_ack = Message.ack
    with own_topology(url, {SUBSCRIPTION: WANTED}, partitions=1) as topology:
        transport = RabbitTransport(url, topology)
        for at in count(1):
            tell(database, *notes(EACH, 1))
            Relay(database, transport, lambda: True).run_once()
            crashes, stop = Crashes(at), threading.Event()

            def ack(message: Message, *, multiple: bool, crashes: Crashes = crashes) -> None:
                crashes.step()
                plain_ack(message, multiple=multiple)
                crashes.step()

            receiver = kind(url, topology, SUBSCRIPTION, database, stop.set)
            with crashes.on(database), monkeypatch.context() as patch:
                patch.setattr(Message, "ack", ack)
                finished = survives(partial(receiver._receive, stop))
            patience = 3 if kind is AcksFirst else 30
            fresh = kind(url, topology, SUBSCRIPTION, database)
            receive_all(fresh, database, EACH * at, patience)
            missing = EACH * at - stored(database)
            if finished or missing:
                transport.close()
                return missing
    raise AssertionError


def test_an_event_is_applied_once_wherever_the_processor_crashes(
    make_database: Callable[[str], Database],
) -> None:
    assert crash_processor(make_database(SUBSCRIPTION), Processor) == 0


def test_the_check_finds_done_marks_in_a_transaction_of_their_own(
    make_database: Callable[[str], Database],
) -> None:
    assert crash_processor(make_database(SUBSCRIPTION), DoneApart) > 0


def test_an_event_arrives_once_wherever_the_relay_crashes(
    make_database: Callable[[str], Database],
) -> None:
    assert crash_relay(make_database("target_svc"), make_database(SUBSCRIPTION), Relay) == 0


def test_the_check_finds_a_relay_that_marks_before_it_sends(
    make_database: Callable[[str], Database],
) -> None:
    assert crash_relay(make_database("target_svc"), make_database(SUBSCRIPTION), MarksFirst) > 0


def test_no_message_is_lost_wherever_the_receiver_crashes(
    make_database: Callable[[str], Database], broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crash_receiver(broker_url, make_database(SUBSCRIPTION), Receiver, monkeypatch) == 0


def test_the_check_finds_an_ack_before_the_commit(
    make_database: Callable[[str], Database], broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crash_receiver(broker_url, make_database(SUBSCRIPTION), AcksFirst, monkeypatch) > 0
