"""Scheduled acts: each due time done exactly once, whatever happens to the processes.

APScheduler only ticks, in memory. Truth is in the database: the process must hold the service's
lease; a run begins by claiming (job, due time) in `job_run`; the act, the claim and the check of
the lease's epoch commit together. Missed ticks coalesce into the latest due time: acts are queries
over due rows, so nothing is lost by that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.access.actor import Actor
from shared.clock import LOCAL_ZONE, SystemClock
from shared.observability.metrics import JOB_INTERVAL
from shared.runtime.keeper import LeaseKeeper
from shared.runtime.lease import Lease, LeaseLostError, assert_epoch
from shared.runtime.module import Job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.clock import Clock
    from shared.db.unit_of_work import Database, UnitOfWork

LEASE_NAME = "scheduler"
LONGEST_TICK_SECONDS = 30
"""A long job ticks at least this often, so a failed run is tried again soon."""
KEEP_RUNS = timedelta(days=90)
CLOCK_STEP_SECONDS = 5.0

_LOG = structlog.get_logger(__name__)

# A paused leader's open transaction ends after 10 s, so that its locks stop nobody for longer.
_LIMIT_IDLE = text("set local idle_in_transaction_session_timeout = '10s'")
_CLAIM = text(
    "insert into job_run (job_key, due_at, epoch, state) values (:job, :due, :epoch, 'done')"
    " on conflict (job_key, due_at) do update set state = 'done', epoch = excluded.epoch,"
    " attempts = job_run.attempts + 1, last_error = null, finished_at = clock_timestamp()"
    " where job_run.state = 'failed' returning attempts"
)
_FAIL = text(
    "insert into job_run (job_key, due_at, epoch, state, last_error)"
    " values (:job, :due, :epoch, 'failed', :error)"
    " on conflict (job_key, due_at) do update set attempts = job_run.attempts + 1,"
    " epoch = excluded.epoch, last_error = excluded.last_error,"
    " finished_at = clock_timestamp() where job_run.state = 'failed'"
)
_PRUNE = text("delete from job_run where finished_at < clock_timestamp() - :keep")


def due_time(now: datetime, every_seconds: int) -> datetime:
    """Return the latest tick boundary not after `now`; a day's boundary is midnight in Shanghai."""
    offset = now.astimezone(LOCAL_ZONE).utcoffset() or timedelta()
    local = int(now.timestamp() + offset.total_seconds())
    boundary = local - local % every_seconds
    return datetime.fromtimestamp(boundary, UTC) - offset


def claim_run(session: Session, job: str, due_at: datetime, epoch: int) -> bool:
    """Claim this due time in the act's own transaction; false when it was done already."""
    values = {"job": job, "due": due_at, "epoch": epoch}
    return session.execute(_CLAIM, values).scalar() is not None


def prune_job_runs(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:  # noqa: ARG001 (a job act)
    """Delete runs finished more than 90 days ago, by the database server's time."""
    uow.session.execute(_PRUNE, {"keep": KEEP_RUNS})


class Scheduler:
    """Runs one service's jobs while this process holds the service's scheduler lease."""

    def __init__(self, database: Database, jobs: Sequence[Job], lease: Lease | None = None) -> None:
        """Start nothing yet; `lease` may shorten the default lease of 10 s."""
        self._database = database
        self._jobs = tuple(jobs)
        self._lease = lease or Lease(database.engine, LEASE_NAME)
        self._keeper = LeaseKeeper(self._lease, database.service)
        for job in self._jobs:
            JOB_INTERVAL.labels(database.service, job.name).set(job.every_seconds)

    def leads(self) -> bool:
        """Tell, without asking the database, whether this process does the service's jobs."""
        return self._lease.holds()

    def run(self, stop: threading.Event) -> None:
        """Compete for the lease and tick until `stop`; then finish the running acts and release."""
        pool = ThreadPoolExecutor(2)  # type: ignore[no-untyped-call]
        ticks: Any = BackgroundScheduler(  # type: ignore[no-untyped-call]
            executors={"default": pool},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        for job in self._jobs:
            seconds = min(job.every_seconds, LONGEST_TICK_SECONDS)
            ticks.add_job(self.tick, "interval", args=[job], seconds=seconds, id=job.name)
        ticks.start()
        try:
            self._lead(ticks, stop)
        finally:
            ticks.shutdown(wait=True)
            self._keeper.release()

    def _lead(self, ticks: Any, stop: threading.Event) -> None:  # noqa: ANN401 (untyped library)
        """Keep the lease; a new leader ticks at once, and so does one whose clock was stepped."""
        drift = _wall_drift()
        while True:
            taken = self._keeper.step()
            if taken or abs(_wall_drift() - drift) > CLOCK_STEP_SECONDS:
                drift = _wall_drift()
                _tick_now(ticks)
            if stop.wait(self._keeper.pause_seconds):
                return

    def tick(self, job: Job) -> bool:
        """Run `job` if its present due time is not done; tell whether it ran and committed."""
        if not self._lease.holds():
            return False
        epoch, database = self._lease.epoch, self._database
        due_at = due_time(database.clock.now(), job.every_seconds)
        run_name = f"{job.name}@{due_at.isoformat()}"
        # A job works on due rows of every region, so the actor belongs to none: rows bring theirs.
        actor = Actor.system(database.service, region="", correlation_id=run_name)
        with structlog.contextvars.bound_contextvars(
            service=database.service, correlation_id=run_name
        ):
            try:
                return self._run_once(job, due_at, epoch, actor)
            except LeaseLostError:
                self._lease.forget()
                _LOG.warning("job rolled back, another process leads", job=job.name)
            except Exception as error:  # noqa: BLE001 (recorded, then tried again)
                _LOG.exception("job failed", job=job.name)
                self._record_failure(job, due_at, epoch, error)
        return False

    def _run_once(self, job: Job, due_at: datetime, epoch: int, actor: Actor) -> bool:
        with self._database.begin() as uow:
            uow.session.execute(_LIMIT_IDLE)
            if not claim_run(uow.session, job.name, due_at, epoch):
                return False
            job.act(uow, self._database.clock, actor)
            uow.session.flush()
            assert_epoch(uow.session, self._lease.name, epoch)
        return True

    def _record_failure(self, job: Job, due_at: datetime, epoch: int, error: Exception) -> None:
        values = {"job": job.name, "due": due_at, "epoch": epoch, "error": _brief(error)}
        try:
            with self._database.begin() as uow:
                uow.session.execute(_FAIL, values)
        except SQLAlchemyError:
            _LOG.warning("failure of the job could not be recorded", job=job.name)


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


def _wall_drift() -> float:
    """Return wall time minus monotonic time: constant unless the machine's clock is stepped."""
    return SystemClock().now().timestamp() - time.monotonic()


def _tick_now(ticks: Any) -> None:  # noqa: ANN401 (untyped library)
    """Make every job tick at once.

    APScheduler waits on wall time: set back by an hour, it would sleep that hour.
    """
    for job in ticks.get_jobs():
        job.modify(next_run_time=SystemClock().now())
