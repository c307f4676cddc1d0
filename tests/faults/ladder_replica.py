"""One scheduler of the ladder's fault test: `ladder_replica.py URL CLOCK_FILE NAME BUG`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import event, make_url, text
from sqlalchemy.orm import Session

import services.oversight_svc.usecases.climb_ladders as climbing
import shared.runtime.scheduler as scheduler_module
from services.oversight_svc.domain.ladder import Climb
from services.oversight_svc.jobs.climbing import CLIMB_LADDERS
from services.oversight_svc.store.overdue import DueRung, Late
from shared.clock import clock_from
from shared.db.engine import open_engine
from shared.db.unit_of_work import Database
from shared.observability.logs import configure_logging
from shared.runtime.lease import Lease
from shared.runtime.scheduler import LEASE_NAME, Scheduler

LEASE_SECONDS = 1.6
read_late = climbing.late_tasks
rungs_due = climbing.rungs_due


def late_tasks(session: Session, due: Sequence[DueRung], limit: int) -> list[Late]:
    """Give time for a fault between reading what lacks a rung and writing it."""
    found = read_late(session, due, limit)
    session.execute(text("select pg_sleep(0.25) /* in the middle */"))
    return found


def latest_rung(*facts: object) -> list[Climb]:
    """Climb the highest rung alone, as if an outage's lower ones did not matter."""
    return rungs_due(*facts)[-1:]  # type: ignore[arg-type]


def plant(bug: str) -> None:
    """Break the climbing in one way, so that the test can be seen to notice."""
    if bug == "no-fencing":
        scheduler_module.assert_epoch = lambda *_: None
    elif bug == "latest-only":
        climbing.rungs_due = latest_rung


def main(url: str, clock_file: str, name: str, bug: str) -> None:
    """Run until SIGTERM."""
    configure_logging("info")
    climbing.late_tasks = late_tasks
    plant(bug)
    engine = open_engine(make_url(url))

    @event.listens_for(engine, "connect")
    def tell_name(connection: SimpleNamespace, _record: object) -> None:
        connection.execute(f"set application_name = '{name}'")
        connection.commit()

    database = Database(engine, "oversight_svc", clock_from(Path(clock_file)))
    lease = Lease(engine, LEASE_NAME, holder=name, seconds=LEASE_SECONDS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Scheduler(database, [replace(CLIMB_LADDERS, every_seconds=1)], lease).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
