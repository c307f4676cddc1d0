"""One scheduler process of the fault test: `scheduler_replica.py URL CLOCK_FILE NAME BUG`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import event, make_url, text

import shared.runtime.scheduler as scheduler_module
from shared.access.actor import Actor
from shared.clock import Clock, clock_from
from shared.db.engine import open_engine
from shared.db.unit_of_work import Database, UnitOfWork
from shared.observability.logs import configure_logging
from shared.runtime.lease import Lease
from shared.runtime.module import Job
from shared.runtime.scheduler import LEASE_NAME, Scheduler

LEASE_SECONDS = 1.6


def collect(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
    """Do all due work, with time for a fault between reading and writing."""
    due = uow.session.execute(
        text("select id from work where not done and due_at <= :now"), {"now": clock.now()}
    ).scalars()
    ids = list(due)
    uow.session.execute(text("select pg_sleep(0.25) /* in the middle */"))
    for identity in ids:
        uow.session.execute(
            text("insert into effect values (:id, :run)"),
            {"id": identity, "run": actor.correlation_id},
        )
        uow.session.execute(text("update work set done = true where id = :id"), {"id": identity})


def stamp(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
    """Note the run: one for each due time."""
    uow.session.execute(text("insert into stamp values (:run)"), {"run": actor.correlation_id})


def plant(bug: str) -> None:
    """Break the scheduler in one way, so that the test can be seen to notice."""
    if bug == "no-fencing":
        scheduler_module.assert_epoch = lambda *_: None
    elif bug == "no-unique-run":
        scheduler_module.claim_run = lambda *_: True


def main(url: str, clock_file: str, name: str, bug: str) -> None:
    """Run until SIGTERM."""
    configure_logging("info")
    plant(bug)
    engine = open_engine(make_url(url))

    @event.listens_for(engine, "connect")
    def tell_name(connection: SimpleNamespace, _record: object) -> None:
        connection.execute(f"set application_name = '{name}'")
        connection.commit()

    database = Database(engine, "target_svc", clock_from(Path(clock_file)))
    lease = Lease(engine, LEASE_NAME, holder=name, seconds=LEASE_SECONDS)
    jobs = [Job("collect", 1, collect), Job("stamp", 60, stamp)]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Scheduler(database, jobs, lease).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
