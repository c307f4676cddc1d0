"""The worker processes of the kill test: `events_worker.py SOURCE TARGET BROKER PREFIX BUG`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from sqlalchemy import make_url

from shared.clock import SystemClock
from shared.db.engine import open_engine
from shared.db.unit_of_work import Database
from shared.observability.logs import configure_logging
from shared.outbox.inbox import take_in
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.testing.effects import NOTE_WRITTEN, NOTES, SUBSCRIPTION, apply_note
from shared.transport.rabbitmq.consumer import Receiver
from shared.transport.rabbitmq.publisher import RabbitTransport
from shared.transport.rabbitmq.topology import Topology

BETWEEN = 0.3  # seconds a planted bug leaves open between its two halves


class AcksFirst(Receiver):
    """Planted: acknowledges before the inbox has it."""

    def _store(self) -> None:
        if self._held:
            bodies = [bytes(message.body) for message in self._held]
            self._held[-1].ack(multiple=True)
            self._held = []
            time.sleep(BETWEEN)
            take_in(self._database, self._subscription, bodies)


class DoneApart(Processor):
    """Planted: the effects in one transaction, the `done` marks in another."""

    def run_once(self) -> int:
        with self._database.begin() as uow:
            rows = self._claim(uow.session, self._database.clock.now())
            if not rows:
                return 0
            self._apply_batch(uow, rows)
        time.sleep(BETWEEN)
        with self._database.begin() as uow:
            self._mark_done(uow.session, rows)
        return len(rows)


def play(role: str, source: str, target: str, broker: str, prefix: str, bug: str) -> None:
    """Play one role until killed."""
    configure_logging("critical")
    topology = Topology({SUBSCRIPTION: frozenset({NOTE_WRITTEN})}, 2, prefix)
    told = Database(open_engine(make_url(source)), "target_svc", SystemClock())
    heard = Database(open_engine(make_url(target)), SUBSCRIPTION, SystemClock())
    for_ever = threading.Event()
    if role == "relay":
        Relay(told, RabbitTransport(broker, topology), lambda: True).run(for_ever)
    elif role == "receiver":
        receiver = AcksFirst if bug == "acks-first" else Receiver
        receiver(broker, topology, SUBSCRIPTION, heard).run(for_ever)
    else:
        processor = DoneApart if bug == "done-apart" else Processor
        processor(heard, SUBSCRIPTION, {NOTE_WRITTEN: apply_note}, registry=NOTES).run(for_ever)


def main() -> None:
    """Fork a worker for each role read from standard input; answer with its process id.

    Forking spares each new worker the seconds it takes to load everything on a busy machine.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for killed workers
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            play(line.strip(), *sys.argv[1:])
        print(child, flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    main()
