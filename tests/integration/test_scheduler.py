"""A due time is done once; a failure is recorded and tried again; nothing is half done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database, UnitOfWork
from shared.runtime.lease import Lease
from shared.runtime.module import Job
from shared.runtime.scheduler import LEASE_NAME, Scheduler, prune_job_runs
from shared.runtime.tables import JobRunRow, LeaseRow
from shared.testing.clock import FrozenClock


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    engine = new_database(postgres_url)
    tables = [FRAME_METADATA.tables[row.__tablename__] for row in (LeaseRow, JobRunRow)]
    FRAME_METADATA.create_all(engine, tables=tables)
    with engine.begin() as connection:
        connection.execute(text("create table effect (run text)"))
    return Database(engine, "target_svc", frozen_clock)


def leave_a_mark(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
    uow.session.execute(text("insert into effect values (:run)"), {"run": actor.correlation_id})


MARK = Job("mark", 60, leave_a_mark)


def marks(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.execute(text("select run from effect order by run")).scalars())


def runs(database: Database) -> list[tuple[str, int, str | None]]:
    with database.read() as session:
        found = session.execute(
            text("select state, attempts, last_error from job_run order by due_at")
        )
        return [(row[0], row[1], row[2]) for row in found]


def leading(database: Database, job: Job = MARK, holder: str = "a") -> tuple[Scheduler, Lease]:
    lease = Lease(database.engine, LEASE_NAME, holder=holder)
    assert lease.acquire()
    return Scheduler(database, [job], lease), lease


def test_a_due_time_is_done_once(database: Database) -> None:
    scheduler, lease = leading(database)
    assert scheduler.tick(MARK)
    assert not scheduler.tick(MARK)
    lease.release()
    other, _ = leading(database, holder="b")
    assert not other.tick(MARK)
    assert marks(database) == ["mark@2023-10-10T01:00:00+00:00"]


def test_missed_ticks_coalesce_and_a_clock_set_back_repeats_nothing(
    database: Database, frozen_clock: FrozenClock
) -> None:
    scheduler, _ = leading(database)
    scheduler.tick(MARK)
    frozen_clock.advance(timedelta(hours=24))
    assert scheduler.tick(MARK)
    assert not scheduler.tick(MARK)
    frozen_clock.advance(timedelta(hours=-24))
    assert not scheduler.tick(MARK)
    assert len(marks(database)) == 2


def test_without_the_lease_nothing_runs(database: Database) -> None:
    scheduler, lease = leading(database)
    lease.release()
    assert not scheduler.tick(MARK)
    assert marks(database) == []


def test_a_leader_that_was_overtaken_commits_nothing(database: Database) -> None:
    def be_overtaken(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
        leave_a_mark(uow, clock, actor)
        with database.engine.begin() as connection:
            connection.execute(text("update lease set epoch = epoch + 1, holder = 'b'"))

    scheduler, lease = leading(database, job := Job("slow", 60, be_overtaken))
    assert not scheduler.tick(job)
    assert not lease.holds()
    assert marks(database) == []
    assert runs(database) == []


def test_a_failed_act_leaves_only_its_record_and_is_tried_again(database: Database) -> None:
    broken = [True]

    def fail_at_first(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
        leave_a_mark(uow, clock, actor)
        if broken[0]:
            raise ValueError("no such office")

    scheduler, _ = leading(database, job := Job("fragile", 60, fail_at_first))
    assert not scheduler.tick(job)
    assert not scheduler.tick(job)
    assert marks(database) == []
    assert runs(database) == [("failed", 2, "ValueError: no such office")]
    broken[0] = False
    assert scheduler.tick(job)
    assert len(marks(database)) == 1
    assert runs(database) == [("done", 3, None)]


def test_run_leads_ticks_at_once_and_gives_the_lease_back(database: Database) -> None:
    ran = threading.Event()
    stop = threading.Event()

    def note(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
        ran.set()

    lease = Lease(database.engine, LEASE_NAME, holder="a")
    # A day's period: only the first tick of a new leader can explain the run.
    scheduler = Scheduler(database, [Job("daily", 86_400, note)], lease)
    thread = threading.Thread(target=scheduler.run, args=(stop,))
    thread.start()
    try:
        assert ran.wait(10)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert runs(database) == [("done", 1, None)]
    assert Lease(database.engine, LEASE_NAME, holder="b").acquire()


def test_old_runs_are_pruned(database: Database, frozen_clock: FrozenClock) -> None:
    scheduler, _ = leading(database)
    scheduler.tick(MARK)
    frozen_clock.advance(timedelta(minutes=1))
    scheduler.tick(MARK)
    with database.begin() as uow:
        uow.session.execute(
            text(
                "update job_run set finished_at = clock_timestamp() - interval '91 days'"
                " where due_at = (select min(due_at) from job_run)"
            )
        )
    with database.begin() as uow:
        prune_job_runs(uow, frozen_clock, Actor.system("target_svc", ""))
    assert len(runs(database)) == 1
