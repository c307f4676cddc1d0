"""Work of this service that no request waits for: batches and exports of the ledger.

Why a claimed row and not a broker or a thread of the request: a request's thread dies with its
process; a message would be taken again after a crash with nobody knowing how far it was. A row with
a claim that runs out is both the queue and the progress people look at, and needs nothing but the
database that holds the findings.
"""

from __future__ import annotations

from services.oversight_svc.jobs.batches import PRUNE_BATCHES, work_on_batch
from services.oversight_svc.jobs.climbing import CLIMB_LADDERS
from shared.runtime.module import Job, Worker

JOBS: tuple[Job, ...] = (PRUNE_BATCHES, CLIMB_LADDERS)
WORKERS: tuple[Worker, ...] = (Worker("ledger-batches", work_on_batch),)
