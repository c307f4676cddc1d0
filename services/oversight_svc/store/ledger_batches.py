"""Long work on the ledger: what was asked, how far it is, what came of it.

A batch is claimed for a while and claimed again by whoever finds that while over, so a process that
dies loses nothing. Finished files lie in the database: the process that writes one need not be the
one that hands it out, backups hold it, and pruning a batch cannot leave a file behind.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from services.oversight_svc.store.base import Base
from shared.batches import BatchColumns
from shared.db.base import RegionCode


class LedgerBatchRow(BatchColumns, Base):
    """One batch. `actor` holds the starter's claims, `command` what to do, to which findings.

    `fiscal_year` is the year it was started in. `claimed_until` is the database server's time.
    """

    __tablename__ = "ledger_batch"
    claim_seconds = 60

    failures: Mapped[list[dict[str, Any]]]

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
