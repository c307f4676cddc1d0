"""The restore drill: base backup and WAL archive, load, disaster, back to a point in time.

Two services' databases on one PostgreSQL, real events between them over RabbitMQ. At the point in
time some events are on their way; after it more are told, which the disaster takes. The broker
then either still holds messages of the lost future («ahead») or nothing («empty»).

`python tests/faults/restore_drill.py` (or `make restore-drill`) runs it longer and prints figures.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import func, select

from shared.access.actor import Actor
from shared.clock import SystemClock
from shared.crypto.keys import KeyStore
from shared.crypto.port import CryptoProvider
from shared.crypto.providers import open_crypto
from shared.db.engine import database_url, open_engine
from shared.db.migrate import ensure_database
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.outbox.reconcile import tell_missing_again
from shared.outbox.tables import InboxRow, OutboxRow
from shared.outbox.writer import add_to_outbox
from shared.testing.broker import open_channel, own_topology, waiting_messages
from shared.testing.effects import (
    NOTE_WRITTEN,
    SUBSCRIPTION,
    EffectRow,
    applied,
    event_database,
    inversions,
)
from shared.testing.events import REGION, make_event
from shared.testing.servers import PrivatePostgres, broker_server, postgres_programs
from shared.trail.export import export_trail
from shared.trail.heads import heads_path, publish_head, set_aside_lost_heads
from shared.trail.record import Act
from shared.trail.sealer import seal_once
from shared.trail.verifier import Report, verify
from shared.transport.rabbitmq.topology import Topology

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("events_worker.py")
TELLER = "target_svc"
POINT = "before_the_disaster"
PATIENCE = 120.0
AGGREGATES = 20


class ArchivingPostgres(PrivatePostgres):
    """A PostgreSQL that keeps its WAL outside, and can be brought back from a base backup."""

    def prepare(self) -> None:
        """Make the cluster, with archiving of every segment."""
        super().prepare()
        self._archive, self._base = self.folder / "archive", self.folder / "base"
        self._do("mkdir", str(self._archive))
        with (self.folder / "data/postgresql.conf").open("a", encoding="ascii") as file:
            file.write(
                "wal_level = replica\narchive_mode = on\nmax_wal_senders = 4\n"
                f"archive_command = 'test ! -f {self._archive}/%f && cp %p {self._archive}/%f'\n"
                f"restore_command = 'cp {self._archive}/%f %p'\n"
            )

    def take_base_backup(self) -> None:
        """Copy the running cluster and check the copy against its own manifest."""
        self._do(self._program("pg_basebackup"), "-D", str(self._base), "-X", "none",
                 "--checkpoint=fast", "-d", self.url)  # fmt: skip
        # The WAL is in the archive, so it is left out of this check; recovery reads all of it.
        self._do(self._program("pg_verifybackup"), "--no-parse-wal", str(self._base))

    def archive_everything(self) -> None:
        """Have the last segment archived, as `archive_timeout` does in production."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
        assert row
        wait_for((self._archive / row[0]).exists, "the WAL archive")

    def destroy(self) -> None:
        """Kill the server and delete its data."""
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder / "data")

    def recover(self, point: str) -> None:
        """Bring the base backup back and replay the archive up to the restore point."""
        self._do("cp", "-a", str(self._base), str(self.folder / "data"))
        with (self.folder / "data/postgresql.conf").open("a", encoding="ascii") as file:
            file.write(f"recovery_target_name = '{point}'\nrecovery_target_action = 'promote'\n")
        self._do("touch", str(self.folder / "data/recovery.signal"))
        self.start()
        wait_for(lambda: self._value("select not pg_is_in_recovery()") is True, "the promotion")

    def check_relations(self) -> None:
        """Check every table and index; a finding ends in `CalledProcessError`."""
        self._do(self._program("pg_amcheck"), "--all", "--install-missing", "--heapallindexed",
                 "--maintenance-db", self.url)  # fmt: skip

    def _value(self, query: str) -> object:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None

    def _program(self, name: str) -> str:
        return str(self._programs / name)

    def _do(self, *command: str) -> None:
        """Run a program as the server's user; show what it said when it fails."""
        code = self._launch(*command).wait()
        if code:
            said = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise subprocess.CalledProcessError(code, command, said)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {PATIENCE} s")
        time.sleep(0.02)


class Workers:
    """Relay, receiver and processor as processes of their own."""

    def __init__(self, source: Database, target: Database, broker: str, topology: Topology) -> None:
        arguments = [
            source.engine.url.render_as_string(hide_password=False),
            target.engine.url.render_as_string(hide_password=False),
            broker, topology.prefix, "none",
        ]  # fmt: skip
        self._nursery = subprocess.Popen(  # noqa: S603 (our own script)
            [sys.executable, str(WORKER), *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._running: dict[str, int] = {}

    def start(self, *roles: str) -> None:
        assert self._nursery.stdin
        assert self._nursery.stdout
        for role in roles:
            self._nursery.stdin.write(f"{role}\n")
            self._nursery.stdin.flush()
            self._running[role] = int(self._nursery.stdout.readline())

    def kill(self, *roles: str) -> None:
        for role in roles or tuple(self._running):
            os.kill(self._running.pop(role), signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        self._nursery.communicate()


@dataclass
class Figures:
    """What the drill found."""

    broker: str
    told: int = 0
    known_at_point: int = 0
    lost: int = 0
    on_their_way: int = 0
    told_again: int = 0
    queue_cleared: int = 0
    told_after: int = 0
    missing: int = 0
    doubled: int = 0
    phantoms: int = 0
    out_of_order: int = 0
    lost_heads: int = 0
    records: int = 0
    proven: int = 0
    chain_findings: list[str] = field(default_factory=list)
    recovery_seconds: float = 0.0


class Installation:
    """The two databases, what is told between them, and the teller's trail."""

    def __init__(self, server: ArchivingPostgres, folder: Path) -> None:
        clock = SystemClock()
        self.server, self._folder = server, folder
        for name in ("teller", "hearer"):
            ensure_database(server.url, name)
        self.source, self.target = (
            event_database(open_engine(database_url(server.url, name)), service, clock)
            for name, service in (("teller", TELLER), ("hearer", SUBSCRIPTION))
        )
        self._crypto: CryptoProvider = open_crypto("sm3", KeyStore(folder / "keys"), "trail")
        self._aggregates = [new_id() for _ in range(AGGREGATES)]

    def tell(self, count: int) -> int:
        """Tell events in turns of the aggregates, going on where the database stands."""
        with self.source.read() as session:
            versions = Counter(
                dict(
                    session.execute(
                        select(
                            OutboxRow.aggregate_id, func.max(OutboxRow.aggregate_version)
                        ).group_by(OutboxRow.aggregate_id)
                    ).all()
                )
            )
        actor = Actor.system(TELLER, REGION)
        for number in range(count):
            aggregate = self._aggregates[number % AGGREGATES]
            versions[aggregate] += 1
            event = make_event(
                NOTE_WRITTEN, {"number": number}, aggregate=aggregate, version=versions[aggregate]
            )
            with self.source.begin() as uow:
                add_to_outbox(uow.session, event)
                uow.record(actor, Act("target.note.write", "note", aggregate, "", REGION))
        return count

    def seal(self) -> None:
        seal_once(self.source, self._crypto)
        publish_head(self.source, self._crypto, self._folder)

    def told(self) -> set[UUID]:
        with self.source.read() as session:
            return set(session.scalars(select(OutboxRow.event_id)))

    def on_their_way(self) -> int:
        """Count the events marked as sent that the inbox does not have."""
        with self.source.read() as session:
            sent = set(
                session.scalars(select(OutboxRow.event_id).where(OutboxRow.sent_at.is_not(None)))
            )
        with self.target.read() as session:
            return len(sent - set(session.scalars(select(InboxRow.event_id))))

    def effects(self) -> Counter[UUID]:
        with self.target.read() as session:
            return Counter(session.scalars(select(EffectRow.event_id)))

    def reconcile(self, figures: Figures, topology: Topology, broker: str) -> None:
        """Do after the recovery what `wenxiao events reconcile` does."""
        figures.queue_cleared = topology.renew(broker)
        with self.source.begin() as uow:
            hearers = {SUBSCRIPTION: (self.target, frozenset({NOTE_WRITTEN}))}
            figures.told_again = tell_missing_again(uow, hearers)
        self.set_aside_heads(figures)

    def set_aside_heads(self, figures: Figures) -> None:
        with self.source.read() as session:
            now = self.source.clock.now()
            figures.lost_heads = set_aside_lost_heads(session, TELLER, self._folder, now)

    def verify_trail(self) -> Report:
        heads = heads_path(self._folder, TELLER).read_bytes().splitlines(keepends=True)
        keys = KeyStore(self._folder / "keys").public_keys()
        with self.source.read() as session:
            return verify(export_trail(session, TELLER), heads, keys)

    def close(self) -> None:
        self.source.engine.dispose()
        self.target.engine.dispose()


@contextmanager
def installation() -> Iterator[Installation]:
    """Give an installation on a server of its own."""
    programs = postgres_programs()
    assert programs, "the distribution's PostgreSQL is not installed"
    with ExitStack() as stack:
        server = stack.enter_context(ArchivingPostgres(programs))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wenxiao-drill-"))
        made = Installation(server, Path(folder))
        stack.callback(made.close)
        yield made


def drill(broker_url: str, broker: str, *, events: int, reconciles: bool = True) -> Figures:
    """Run the drill with `events` before the point and half as many after it.

    `broker` is what the broker is after the disaster: `ahead` or `empty`. Without `reconciles` the
    step an operator might forget is left out, so that the checks can be seen to fail.
    """
    figures = Figures(broker)
    subscriptions = {SUBSCRIPTION: frozenset({NOTE_WRITTEN})}
    with installation() as made, own_topology(broker_url, subscriptions) as topology:
        workers = Workers(made.source, made.target, broker_url, topology)
        try:
            _live(made, workers, figures, events)
            _lose(made, workers, figures, events // 2)
            if broker == "empty":
                _empty(broker_url, topology)
            else:
                wait_for(lambda: waiting_messages(broker_url, topology, SUBSCRIPTION) > 0, "queue")
            began = time.monotonic()
            made.server.recover(POINT)
            made.source.engine.dispose()
            made.target.engine.dispose()
            figures.known_at_point = len(made.told())
            figures.lost = figures.told - figures.known_at_point
            figures.on_their_way = made.on_their_way()
            if reconciles:
                made.reconcile(figures, topology, broker_url)
            figures.recovery_seconds = round(time.monotonic() - began, 1)
            workers.start("relay", "receiver", "processor")
            figures.told_after = made.tell(events // 4)
            _settle(made, patience=PATIENCE if reconciles else 4)
        finally:
            workers.close()
        _check(made, figures)
    return figures


def _live(made: Installation, workers: Workers, figures: Figures, events: int) -> None:
    workers.start("relay", "receiver", "processor")
    figures.told += made.tell(events // 2)
    made.seal()
    made.server.take_base_backup()
    figures.told += made.tell(events // 4)
    wait_for(lambda: sum(made.effects().values()) > 0, "first effect")
    workers.kill("receiver")  # from here on events are on their way and do not arrive
    figures.told += made.tell(events - events // 2 - events // 4)
    wait_for(lambda: made.on_their_way() > 0, "events on their way")
    made.seal()


def _lose(made: Installation, workers: Workers, figures: Figures, events: int) -> None:
    """Pass the point, tell what will be lost, and destroy the server."""
    with psycopg.connect(made.server.url, autocommit=True) as connection:
        connection.execute("select pg_create_restore_point(%s)", (POINT,))
    before = made.on_their_way()
    figures.told += made.tell(events)
    made.seal()
    wait_for(lambda: made.on_their_way() > before, "events of the lost future on their way")
    made.server.archive_everything()
    workers.kill()
    made.server.destroy()


def _empty(broker_url: str, topology: Topology) -> None:
    with open_channel(broker_url) as channel:
        for queue in topology.queues(SUBSCRIPTION):
            channel.queue_purge(queue)


def _settle(made: Installation, patience: float) -> None:
    deadline = time.monotonic() + patience
    while made.effects().keys() != made.told() and time.monotonic() < deadline:
        time.sleep(0.1)


def _check(made: Installation, figures: Figures) -> None:
    effects, told = made.effects(), made.told()
    figures.missing = len(told - effects.keys())
    figures.phantoms = len(effects.keys() - told)
    figures.doubled = sum(effects.values()) - len(effects)
    figures.out_of_order = inversions(applied(made.target))
    made.seal()
    report = made.verify_trail()
    figures.records, figures.proven = report.records, report.covered
    figures.chain_findings = sorted({finding.code for finding in report.findings})
    made.server.check_relations()


def main() -> int:
    """Run the drill both ways and print its figures; 1 when something is wrong."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    wrong = 0
    with broker_server() as url:
        for broker in ("ahead", "empty"):
            figures = drill(url, broker, events=events)
            wrong += figures.missing + figures.doubled + figures.phantoms + figures.out_of_order
            wrong += len(figures.chain_findings)
            print(asdict(figures))  # noqa: T201 (what it is for)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
