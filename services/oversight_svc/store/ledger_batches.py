"""Long work on the ledger: what was asked, how far it is, what came of it.

A batch is claimed for a while and claimed again by whoever finds that while over, so a process that
dies loses nothing. Finished files lie in the database: the process that writes one need not be the
one that hands it out, backups hold it, and pruning a batch cannot leave a file behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, String, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.domain.ledger import BatchProgress
from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode

CLAIM_SECONDS = 60


class LedgerBatchRow(Base):
    """One batch. `actor` holds the starter's claims, `command` what to do, to which findings.

    `fiscal_year` is the year it was started in. `claimed_until` is the database server's time.
    """

    __tablename__ = "ledger_batch"

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
    failures: Mapped[list[dict[str, Any]]]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    claimed_until: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_ledger_batch_account", "region_code", "account_id", "started_at"),
        Index(
            "ix_ledger_batch_open",
            "started_at",
            postgresql_where=text("state in ('waiting','running')"),
        ),
    )


class LedgerFileRow(Base):
    """The file a batch made."""

    __tablename__ = "ledger_file"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


def claim_batch(session: Session) -> LedgerBatchRow | None:
    """Take the oldest batch nobody works on, for a minute; `None` when there is none."""
    now = func.clock_timestamp()
    query = (
        select(LedgerBatchRow)
        .where(
            LedgerBatchRow.state.in_([BatchProgress.WAITING.value, BatchProgress.RUNNING.value]),
            or_(LedgerBatchRow.claimed_until.is_(None), LedgerBatchRow.claimed_until < now),
        )
        .order_by(LedgerBatchRow.started_at)
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


def keep_claim(batch: LedgerBatchRow) -> None:
    """Claim the batch for another minute from now."""
    batch.claimed_until = func.clock_timestamp() + timedelta(seconds=CLAIM_SECONDS)


def own_batch(session: Session, batch: LedgerBatchRow) -> LedgerBatchRow | None:
    """Lock the batch as it stands now; `None` when another process has claimed it since."""
    query = (
        select(LedgerBatchRow)
        .where(
            LedgerBatchRow.region_code == batch.region_code,
            LedgerBatchRow.fiscal_year == batch.fiscal_year,
            LedgerBatchRow.batch_id == batch.batch_id,
            LedgerBatchRow.state == BatchProgress.RUNNING.value,
            LedgerBatchRow.attempts == batch.attempts,
        )
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def batches_of(
    session: Session, region: str, account_id: UUID, most: int
) -> Sequence[LedgerBatchRow]:
    """Return an account's newest batches."""
    query = (
        select(LedgerBatchRow)
        .where(LedgerBatchRow.region_code == region, LedgerBatchRow.account_id == account_id)
        .order_by(LedgerBatchRow.started_at.desc(), LedgerBatchRow.batch_id.desc())
        .limit(most)
    )
    return session.scalars(query).all()


def find_batch(
    session: Session, region: str, account_id: UUID, batch_id: UUID
) -> LedgerBatchRow | None:
    """Return a batch its own account started."""
    query = select(LedgerBatchRow).where(
        LedgerBatchRow.region_code == region,
        LedgerBatchRow.account_id == account_id,
        LedgerBatchRow.batch_id == batch_id,
    )
    return session.scalars(query).one_or_none()
