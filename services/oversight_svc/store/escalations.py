"""The rungs that overdue things have climbed: one row for each, kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, SmallInteger, String, select, text, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.domain.ladder import EscalationState
from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode
from shared.policy.escalation import RungWay


class EscalationRow(Base):
    """One rung, climbed once in its episode: the index `uq_escalation_rung` forbids a second.

    `due_on` names the episode: the due date that was missed or is near. `reached_on` is the working
    day the rung belonged to, `climbed_at` when the system noticed. What the pack said is kept as it
    was. Number, date, scan, person and note tell how a person took it.
    """

    __tablename__ = "escalation"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID]
    subject_title: Mapped[str]
    unit_id: Mapped[UUID]
    due_on: Mapped[date]
    rung: Mapped[str] = mapped_column(String(30))
    place: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    way: Mapped[str] = mapped_column(String(12))
    demand: Mapped[str]
    is_paper: Mapped[bool]
    role: Mapped[str | None] = mapped_column(String(40))
    """Whom it asks; none where the system did it."""
    reached_on: Mapped[date]
    climbed_at: Mapped[datetime]
    pack_code: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    document_number: Mapped[str]
    document_on: Mapped[date | None]
    scan_digest: Mapped[str]
    scan_name: Mapped[str]
    person: Mapped[str]
    note: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    settler_name: Mapped[str]

    __table_args__ = (
        Index(
            "uq_escalation_rung",
            "region_code",
            "fiscal_year",
            "subject_id",
            "kind",
            "due_on",
            "rung",
            unique=True,
        ),
        Index("ix_escalation_reached", "region_code", "reached_on", "escalation_id"),
        Index(
            "ix_escalation_waiting",
            "region_code",
            "role",
            "reached_on",
            "escalation_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_escalation_unit", "region_code", "unit_id", "reached_on"),
    )


def find_escalations(
    session: Session, region: str, keys: Sequence[tuple[int, UUID]], *, lock: bool = False
) -> Sequence[EscalationRow]:
    """Return the rungs named by (budget year, id), by id; locked and read anew when `lock`."""
    query = (
        select(EscalationRow)
        .where(
            EscalationRow.region_code == region,
            tuple_(EscalationRow.fiscal_year, EscalationRow.escalation_id).in_(keys),
        )
        .order_by(EscalationRow.escalation_id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def waiting_rungs_of(
    session: Session, region: str, fiscal_year: int, subject_id: UUID, way: RungWay
) -> Sequence[EscalationRow]:
    """Return the rungs of a subject that ask a person for `way`, locked."""
    query = (
        select(EscalationRow)
        .where(
            EscalationRow.region_code == region,
            EscalationRow.fiscal_year == fiscal_year,
            EscalationRow.subject_id == subject_id,
            EscalationRow.way == way.value,
            is_waiting(),
        )
        .order_by(EscalationRow.escalation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def rungs_of(
    session: Session, region: str, fiscal_year: int, subject_id: UUID
) -> Sequence[EscalationRow]:
    """Return what a subject has climbed, in the order of its episodes and their rungs."""
    query = (
        select(EscalationRow)
        .where(
            EscalationRow.region_code == region,
            EscalationRow.fiscal_year == fiscal_year,
            EscalationRow.subject_id == subject_id,
        )
        .order_by(EscalationRow.due_on, EscalationRow.kind, EscalationRow.place)
    )
    return session.scalars(query).all()


def is_waiting() -> ColumnElement[bool]:
    """Return the condition that a person is still asked."""
    return EscalationRow.state == EscalationState.WAITING.value
