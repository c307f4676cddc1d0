"""Batches of the form check: what was brought, how far it is, what was found on each form.

A batch is claimed for a while and claimed again by whoever finds that while over, so a process that
dies loses nothing. Brought files lie in the database until they are checked, so that any process
can go on; pruning a batch leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, String, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.eval_svc.store.base import Base
from shared.batches import BatchColumns
from shared.db.base import RegionCode


class FormBatchRow(BatchColumns, Base):
    """One batch. `actor` holds the starter's claims, `command` which self-evaluations, if any.

    `fiscal_year` is the year it was started in. `done` and `failed` count files (or forms of a
    campaign); `claimed_until` is the database server's time.
    """

    __tablename__ = "form_check_batch"
    claim_seconds = 120

    __table_args__ = (
        Index("ix_form_check_batch_account", "region_code", "account_id", "started_at"),
        Index(
            "ix_form_check_batch_open",
            "started_at",
            postgresql_where=text("state in ('waiting','running')"),
        ),
    )


class FormFileRow(Base):
    """One file of a batch until it is checked; `why` tells that it could not be unpacked."""

    __tablename__ = "form_check_file"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    why: Mapped[str]


class FormResultRow(Base):
    """One form of a batch. `report` holds findings, unchecked places and reading problems.

    `worst` is the heaviest severity found, `codes` the kinds of findings, `form_year` the budget
    year printed; `self_evaluation_id` is set for a form of a campaign.
    """

    __tablename__ = "form_check_result"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    file_name: Mapped[str]
    title: Mapped[str]
    unit_name: Mapped[str]
    form_year: Mapped[int | None] = mapped_column(SmallInteger)
    verdict: Mapped[str] = mapped_column(String(12))
    worst: Mapped[str] = mapped_column(String(8))
    codes: Mapped[list[str]]
    errors: Mapped[int]
    warnings: Mapped[int]
    notices: Mapped[int]
    why: Mapped[str]
    report: Mapped[dict[str, Any]]
    self_evaluation_id: Mapped[UUID | None]


def files_of(session: Session, batch: FormBatchRow, first: int, most: int) -> Sequence[FormFileRow]:
    """Return at most `most` files of a batch from position `first` on."""
    query = (
        select(FormFileRow)
        .where(
            FormFileRow.region_code == batch.region_code,
            FormFileRow.fiscal_year == batch.fiscal_year,
            FormFileRow.batch_id == batch.batch_id,
            FormFileRow.position >= first,
        )
        .order_by(FormFileRow.position)
        .limit(most)
    )
    return session.scalars(query).all()


def forget_files(session: Session, batch: FormBatchRow, before: int) -> None:
    """Delete the files of a batch below position `before`: they are checked."""
    session.execute(
        delete(FormFileRow).where(
            FormFileRow.region_code == batch.region_code,
            FormFileRow.fiscal_year == batch.fiscal_year,
            FormFileRow.batch_id == batch.batch_id,
            FormFileRow.position < before,
        )
    )


def prune_before(session: Session, before: datetime) -> None:
    """Delete batches started before an instant, with their files and results."""
    old = FormBatchRow.started_at < before
    for kind in (FormFileRow, FormResultRow):
        session.execute(
            delete(kind).where(
                kind.region_code == FormBatchRow.region_code,
                kind.fiscal_year == FormBatchRow.fiscal_year,
                kind.batch_id == FormBatchRow.batch_id,
                old,
            )
        )
    session.execute(delete(FormBatchRow).where(old))
