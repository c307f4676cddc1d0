"""Long work in the background: its columns, and how processes share the batches that wait.

A batch is claimed for a while and claimed again by whoever finds that while over, so a process that
dies loses nothing. Every step locks the batch as it stands and gives up when another has claimed
it since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import Select, SmallInteger, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.access.actor import Actor
from shared.db.base import RegionCode
from shared.errors import NotFoundError
from shared.terms.batches import BatchProgress


class BatchColumns:
    """The columns of a table of batches. `actor` holds the starter's claims, `command` what to do.

    `fiscal_year` is the year it was started in, `claimed_until` the database server's time;
    `claim_seconds` is how long a claim lasts.
    """

    claim_seconds: ClassVar[int]

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    account_id: Mapped[UUID]
    actor: Mapped[dict[str, Any]]
    command: Mapped[dict[str, Any]]
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    claimed_until: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


Batch = TypeVar("Batch", bound=BatchColumns)


def claim_batch(session: Session, kind: type[Batch]) -> Batch | None:
    """Take the oldest batch nobody works on, for a while; `None` when there is none."""
    now = func.clock_timestamp()
    query = (
        select(kind)
        .where(
            kind.state.in_([BatchProgress.WAITING.value, BatchProgress.RUNNING.value]),
            or_(kind.claimed_until.is_(None), kind.claimed_until < now),
        )
        .order_by(kind.started_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    batch = session.scalars(query).one_or_none()
    if batch is not None:
        batch.state = BatchProgress.RUNNING.value
        batch.attempts += 1
        keep_claim(batch)
        session.flush()
    return batch


def keep_claim(batch: BatchColumns) -> None:
    """Claim the batch anew from now."""
    batch.claimed_until = func.clock_timestamp() + timedelta(seconds=batch.claim_seconds)


def own_batch(session: Session, batch: Batch) -> Batch | None:
    """Lock the batch as it stands now; `None` when another process has claimed it since."""
    kind = type(batch)
    query = (
        select(kind)
        .where(
            kind.region_code == batch.region_code,
            kind.fiscal_year == batch.fiscal_year,
            kind.batch_id == batch.batch_id,
            kind.state == BatchProgress.RUNNING.value,
            kind.attempts == batch.attempts,
        )
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def batches_of(session: Session, kind: type[Batch], actor: Actor, most: int) -> Sequence[Batch]:
    """Return the newest batches the actor's account has started."""
    query = (
        _started_by(kind, actor).order_by(kind.started_at.desc(), kind.batch_id.desc()).limit(most)
    )
    return session.scalars(query).all()


def find_batch(session: Session, kind: type[Batch], actor: Actor, batch_id: UUID) -> Batch:
    """Return a batch the actor's account has started; raise `NotFoundError` for any other."""
    query = _started_by(kind, actor).where(kind.batch_id == batch_id)
    batch = session.scalars(query).one_or_none()
    if batch is None:
        raise NotFoundError
    return batch


def _started_by(kind: type[Batch], actor: Actor) -> Select[Batch]:
    """Select what an account has started; an actor without one has started nothing."""
    return select(kind).where(
        kind.region_code == actor.scope.region, kind.account_id == actor.account_id
    )
