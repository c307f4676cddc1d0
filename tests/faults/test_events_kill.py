"""Relays, receivers and processors killed and paused at random: every effect happens exactly once.

Two processes play each role; one at a time is struck by SIGKILL or by SIGSTOP and SIGCONT, while
events are told all the time. `WENXIAO_FAULT_SECONDS` makes it longer.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from shared.clock import SystemClock
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.testing.broker import own_topology
from shared.testing.effects import (
    NOTE_WRITTEN,
    SUBSCRIPTION,
    applied,
    event_database,
    inversions,
)
from shared.testing.events import make_event, tell
from shared.transport.rabbitmq.topology import Topology

SECONDS = float(os.environ.get("WENXIAO_FAULT_SECONDS", "8"))
PATIENCE = 60.0
ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("events_worker.py")
ROLES = ("relay", "receiver", "processor")
AGGREGATES = 20
EVENTS_PER_SECOND = 50


class Cluster:
    """The worker processes, what is told to them, and what is done to them."""

    def __init__(
        self, source: Database, target: Database, broker: str, topology: Topology, bug: str
    ) -> None:
        self._source = source
        self._target = target
        arguments = [
            source.engine.url.render_as_string(hide_password=False),
            target.engine.url.render_as_string(hide_password=False),
            broker,
            topology.prefix,
            bug,
        ]
        self._nursery = subprocess.Popen(  # noqa: S603 (our own script)
            [sys.executable, str(WORKER), *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._workers: dict[str, int] = {}  # name → process id
        self._enough = threading.Event()
        self._telling = threading.Thread(target=self._tell)
        self.told: list[tuple[UUID, int]] = []

    def start(self, replicas: int) -> None:
        for role in ROLES:
            for number in range(replicas):
                self._start_worker(f"{role} {number}")
        self._telling.start()
        self._wait(lambda: len(applied(self._target)) > 0, "first effect")

    def _start_worker(self, name: str) -> None:
        assert self._nursery.stdin
        assert self._nursery.stdout
        role, _ = name.split()
        self._nursery.stdin.write(f"{role}\n")
        self._nursery.stdin.flush()
        self._workers[name] = int(self._nursery.stdout.readline())

    def _tell(self) -> None:
        aggregates = [new_id() for _ in range(AGGREGATES)]
        number = 0
        while not self._enough.wait(1 / EVENTS_PER_SECOND):
            aggregate, version = aggregates[number % AGGREGATES], number // AGGREGATES + 1
            event = make_event(
                NOTE_WRITTEN, {"number": number}, aggregate=aggregate, version=version
            )
            tell(self._source, event)
            self.told.append((aggregate, version))
            number += 1

    def strike(self, roles: tuple[str, ...], seconds: float) -> None:
        """Kill or pause a random worker of these roles every moment."""
        chance = random.Random(11)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            name = chance.choice([name for name in self._workers if name.split()[0] in roles])
            worker = self._workers[name]
            if chance.random() < 0.5:
                os.kill(worker, signal.SIGSTOP)
                time.sleep(chance.uniform(0.2, 1.0))
                os.kill(worker, signal.SIGCONT)
            else:
                os.kill(worker, signal.SIGKILL)
                self._start_worker(name)
                time.sleep(chance.uniform(0.2, 1.0))

    def kill_first(self, role: str) -> None:
        """Kill the first worker of a role and start it again."""
        os.kill(self._workers[f"{role} 0"], signal.SIGKILL)
        self._start_worker(f"{role} 0")

    def settle(self, patience: float = PATIENCE) -> None:
        """Tell no more; wait until as many effects are there as events, or patience ends."""
        self._enough.set()
        self._telling.join()
        deadline = time.monotonic() + patience
        while len(applied(self._target)) < len(self.told) and time.monotonic() < deadline:
            time.sleep(0.1)

    def progress(self) -> None:
        """Wait until some more events are applied."""
        before = len(applied(self._target))
        self._wait(lambda: len(applied(self._target)) > before, "progress")

    def close(self) -> None:
        self._enough.set()
        if self._telling.ident is not None:
            self._telling.join()
        for worker in self._workers.values():
            os.kill(worker, signal.SIGKILL)
        self._nursery.communicate()

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"no {what} within {PATIENCE} s"
            time.sleep(0.05)


@pytest.fixture
def target(postgres_url: str, new_database: Callable[[str], Engine]) -> Database:
    return event_database(new_database(postgres_url), SUBSCRIPTION, SystemClock())


@pytest.fixture
def make_cluster(
    postgres_url: str, new_database: Callable[[str], Engine], broker_url: str, target: Database
) -> Iterator[Callable[[str], Cluster]]:
    source = event_database(new_database(postgres_url), "target_svc", SystemClock())
    clusters: list[Cluster] = []

    def make(bug: str) -> Cluster:
        clusters.append(Cluster(source, target, broker_url, topology, bug))
        clusters[-1].start(replicas=2 if bug == "none" else 1)
        return clusters[-1]

    with own_topology(broker_url, {SUBSCRIPTION: frozenset({NOTE_WRITTEN})}) as topology:
        yield make
        for cluster in clusters:
            cluster.close()


def test_every_effect_happens_once_and_in_order(
    make_cluster: Callable[[str], Cluster], target: Database
) -> None:
    cluster = make_cluster("none")
    cluster.strike(ROLES, SECONDS)
    cluster.settle()

    found = applied(target)
    assert len(cluster.told) > EVENTS_PER_SECOND
    assert sorted(found) == sorted(cluster.told)
    assert inversions(found) == 0


@pytest.mark.parametrize(("bug", "role"), [("acks-first", "receiver"), ("done-apart", "processor")])
def test_the_check_finds_planted_bugs(
    make_cluster: Callable[[str], Cluster], target: Database, bug: str, role: str
) -> None:
    cluster = make_cluster(bug)
    for _ in range(3):
        cluster.progress()
        cluster.kill_first(role)
    cluster.settle(patience=5)

    found = applied(target)
    assert sorted(found) != sorted(cluster.told)
