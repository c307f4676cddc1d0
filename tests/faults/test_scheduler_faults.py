"""Three schedulers on one database, with killed, paused and cut-off leaders and a jumping clock.

Every piece of due work must be done exactly once. `WENXIAO_FAULT_SECONDS` makes it longer.
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
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from shared.clock import RehearsalClock, SystemClock, move_rehearsal_clock
from shared.db.base import FRAME_METADATA
from shared.runtime.tables import JobRunRow, LeaseRow

SECONDS = float(os.environ.get("WENXIAO_FAULT_SECONDS", "8"))
PATIENCE = 20.0
ROOT = Path(__file__).parents[2]
REPLICA = Path(__file__).with_name("scheduler_replica.py")
SCHEMA = """
create table work (id bigint generated always as identity primary key,
                   due_at timestamptz not null, done boolean not null default false);
create table effect (work_id bigint, run text);
create table stamp (run text);
"""


class Cluster:
    """The replicas, the clock they share, and what is done to them."""

    def __init__(self, engine: Engine, clock_file: Path, bug: str) -> None:
        self.engine = engine
        self._clock_file = clock_file
        move_rehearsal_clock(clock_file, SystemClock().now())
        self._clock = RehearsalClock(clock_file)
        self._bug = bug
        self._replicas: dict[str, subprocess.Popen[bytes]] = {}
        self._started = 0
        self._enough = threading.Event()
        self._telling = threading.Thread(target=self._tell_work)
        self._telling.start()

    def add_replica(self) -> None:
        self._started += 1
        name = f"replica-{self._started}"
        url = self.engine.url.render_as_string(hide_password=False)
        self._replicas[name] = subprocess.Popen(  # noqa: S603 (our own script)
            [sys.executable, str(REPLICA), url, str(self._clock_file), name, self._bug],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def value(self, query: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(text(query), values).scalar()

    def number(self, query: str, **values: object) -> int:
        return int(str(self.value(query, **values)))

    def wait_for(self, query: str, **values: object) -> object:
        deadline = time.monotonic() + PATIENCE
        while not (found := self.value(query, **values)):
            assert time.monotonic() < deadline, f"waited in vain: {query}"
            time.sleep(0.02)
        return found

    def _tell_work(self) -> None:
        while not self._enough.wait(0.1):
            with self.engine.begin() as connection:
                connection.execute(
                    text("insert into work (due_at) values (:now)"), {"now": self._clock.now()}
                )

    def leader_in_the_middle(self) -> str:
        return str(
            self.wait_for(
                "select application_name from pg_stat_activity, lease"
                " where datname = current_database() and application_name = holder"
                " and state = 'active' and query like '%in the middle%'"
                " and exists (select from work where not done)"
                # A killed leader's server process goes on for a moment.
                " and application_name = any(:alive)",
                alive=list(self._replicas),
            )
        )

    def kill(self) -> None:
        process = self._replicas.pop(self.leader_in_the_middle())
        process.kill()
        process.wait()
        self.add_replica()

    def pause(self) -> None:
        name = self.leader_in_the_middle()
        self._replicas[name].send_signal(signal.SIGSTOP)
        try:
            self.wait_for("select holder from lease where holder <> :name", name=name)
            done = self.number("select count(*) from effect")
            self.wait_for("select count(*) > :done from effect", done=done)
        finally:
            self._replicas[name].send_signal(signal.SIGCONT)

    def cut_off(self) -> None:
        name = self.leader_in_the_middle()
        self.value(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = :name and datname = current_database()",
            name=name,
        )

    def clock_forth(self) -> None:
        move_rehearsal_clock(self._clock_file, self._clock.now() + timedelta(hours=1))

    def clock_back(self) -> None:
        move_rehearsal_clock(self._clock_file, self._clock.now() - timedelta(hours=1))

    def finish(self) -> None:
        """Let everything become due and wait until it is done, then end the replicas in order."""
        self._enough.set()
        self._telling.join()
        move_rehearsal_clock(self._clock_file, SystemClock().now() + timedelta(hours=30))
        self.wait_for("select count(*) = 0 from work where not done")
        for process in self._replicas.values():
            process.terminate()
        for process in self._replicas.values():
            process.wait(PATIENCE)

    def end(self) -> None:
        self._enough.set()
        self._telling.join()
        for process in self._replicas.values():
            process.kill()
            process.wait()

    def duplicates(self) -> int:
        twice = "select count(*) from (select from {} group by {} having count(*) > 1) as twice"
        return self.number(twice.format("effect", "work_id")) + self.number(
            twice.format("stamp", "run")
        )

    def missed(self) -> int:
        return self.number("select count(*) from work where id not in (select work_id from effect)")


NewCluster = Callable[..., AbstractContextManager[Cluster]]


@pytest.fixture
def new_cluster(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> NewCluster:
    @contextmanager
    def start(bug: str, replicas: int = 3) -> Iterator[Cluster]:
        engine = new_database(postgres_url)
        tables = [FRAME_METADATA.tables[row.__tablename__] for row in (LeaseRow, JobRunRow)]
        FRAME_METADATA.create_all(engine, tables=tables)
        with engine.begin() as connection:
            connection.exec_driver_sql(SCHEMA)
        cluster = Cluster(engine, tmp_path / "clock.json", bug)
        try:
            for _ in range(replicas):
                cluster.add_replica()
            yield cluster
        finally:
            cluster.end()

    return start


def test_nothing_twice_and_nothing_missed(new_cluster: NewCluster) -> None:
    until = time.monotonic() + SECONDS
    chance = random.Random(7)
    with new_cluster("none") as cluster:
        faults = [cluster.pause, cluster.kill, cluster.cut_off]
        clocks = [cluster.clock_forth, cluster.clock_back]
        for fault in (cluster.pause, cluster.clock_forth, cluster.kill, cluster.cut_off):
            fault()
        cluster.clock_back()
        while time.monotonic() < until:
            cluster.clock_forth()
            chance.choice(faults)()
            chance.choice(clocks)()
        cluster.finish()
        assert cluster.number("select count(*) from effect") > 20
        assert cluster.number("select epoch from lease") > 2
        assert (cluster.duplicates(), cluster.missed()) == (0, 0)


def test_it_notices_missing_fencing(new_cluster: NewCluster) -> None:
    with new_cluster("no-fencing", replicas=2) as cluster:
        cluster.pause()
        cluster.finish()
        assert cluster.duplicates() > 0


def test_it_notices_runs_that_are_not_unique(new_cluster: NewCluster) -> None:
    with new_cluster("no-unique-run", replicas=2) as cluster:
        # Three leaders within two minutes: two of them share a due time.
        for leader in (1, 2):
            cluster.wait_for("select count(*) >= :leader from stamp", leader=leader)
            cluster.kill()
        cluster.wait_for("select count(*) >= 3 from stamp")
        cluster.finish()
        assert cluster.duplicates() > 0
