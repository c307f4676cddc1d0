"""Scheduled acts every service has besides its own: the frame's tables stay small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.files.places import evidence_store
from shared.files.uploads import forget_unused
from shared.outbox.retention import prune
from shared.runtime.module import Job
from shared.runtime.scheduler import prune_job_runs
from shared.web.idempotency import FORGET_OLD_KEYS

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork
    from shared.runtime.settings import Settings

CHUNKS = 10
"""Pieces of one run; what is left waits for the next, five minutes later."""


def prune_events(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:  # noqa: ARG001 (a job act)
    """Delete old rows of outbox and inbox, a bounded number in one run."""
    for _ in range(CHUNKS):
        if not prune(uow, clock):
            return


def frame_jobs(settings: Settings, service: str) -> tuple[Job, ...]:
    """Return the jobs of `service` that are the same in every one."""
    return (
        Job("frame.events.prune", 300, prune_events),
        Job("frame.job_runs.prune", 86_400, prune_job_runs),
        Job("frame.uploads.forget", 3600, forget_unused(evidence_store(settings, service))),
        FORGET_OLD_KEYS,
    )
