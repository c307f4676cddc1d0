"""Tables of the runtime: who leads, and which scheduled runs were done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import FrameBase


class LeaseRow(FrameBase):
    """Who may do a thing that only one process does. `epoch` grows with every taking, never falls.

    `expires_at` is the database server's time: the rehearsal clock does not move leases, and
    machines whose clocks differ agree about them.
    """

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]


class JobRunRow(FrameBase):
    """One run of a scheduled act; (job, due time) is unique, so no due time is done twice.

    `due_at` is the tick's boundary by the service's clock (rehearsal included); `finished_at` is
    the database server's time. States: `done`, or `failed` until a later attempt does it.
    """

    __tablename__ = "job_run"

    job_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )

    __table_args__ = (
        Index("ix_job_run_finished", "finished_at"),
        Index("ix_job_run_done", "job_key", "finished_at", postgresql_where=text("state = 'done'")),
    )
