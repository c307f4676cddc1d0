"""Parked events: what a person reads, and the ways out: send again, or discard with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, RuleBrokenError
from shared.events.registry import BUSINESS_NAMES
from shared.outbox.tables import PARKED, PENDING, InboxRow
from shared.trail.record import Act


class EventNotParkedError(RuleBrokenError):
    """Only a parked event can be sent again or discarded."""

    code = "event_not_parked"
    sentence = "该事件已不在停放状态（可能已由他人处理），没有改动；请刷新列表后核对。"


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A parked event as the console shows it; `waiting` counts the events held up behind it."""

    sequence: int
    subscription: str
    event_id: UUID
    event_type: str
    aggregate_id: UUID
    aggregate_version: int
    region: str
    fiscal_year: int
    attempts: int
    received_at: datetime
    last_error: str
    waiting: int
    envelope: Mapping[str, Any]


def list_parked(session: Session, *, after: int = 0, limit: int = 50) -> list[ParkedEvent]:
    """Return parked events, oldest first, from the one after sequence `after`; at most `limit`."""
    rows = session.execute(
        select(InboxRow, _waiting())
        .where(InboxRow.state == PARKED, InboxRow.sequence > after)
        .order_by(InboxRow.sequence)
        .limit(limit)
    )
    return [_shown(row, waiting) for row, waiting in rows]


def read_parked(session: Session, sequence: int) -> ParkedEvent:
    """Return one parked event; raise `NotFoundError` when there is none with this sequence."""
    found = session.execute(
        select(InboxRow, _waiting()).where(InboxRow.state == PARKED, InboxRow.sequence == sequence)
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return _shown(*found)


def send_again(uow: UnitOfWork, clock: Clock, actor: Actor, inbox_sequence: int) -> None:
    """Put a parked event back to be applied now, with six fresh attempts; recorded in the trail.

    Raises `NotFoundError` or `EventNotParkedError`.
    """
    row = _locked(uow.session, inbox_sequence)
    before = _state(row)
    row.state = "pending"
    row.attempts = 0
    row.next_attempt_at = clock.now()
    uow.record(actor, _act(uow, row, "send_again", before))


def discard(uow: UnitOfWork, clock: Clock, actor: Actor, sequence: int, reason: str) -> None:
    """Give a parked event up, so that later ones of its aggregate go on; recorded in the trail.

    Raises `InvalidInputError` without a reason, `NotFoundError` or `EventNotParkedError`.
    """
    if not reason.strip():
        raise InvalidInputError(
            [FieldProblem("reason", "required", "请填写丢弃原因，丢弃后该事件不再执行。")]
        )
    row = _locked(uow.session, sequence)
    before = _state(row)
    row.state = "discarded"
    row.resolution = reason.strip()
    row.handled_at = clock.now()
    uow.record(actor, _act(uow, row, "discard", before, comment=reason.strip()))


def _locked(session: Session, sequence: int) -> InboxRow:
    row = session.get(InboxRow, sequence, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError
    if row.state != "parked":
        raise EventNotParkedError
    return row


def _state(row: InboxRow) -> dict[str, Any]:
    return {"state": row.state, "attempts": row.attempts}


def _act(
    uow: UnitOfWork, row: InboxRow, name: str, before: dict[str, Any], comment: str = ""
) -> Act:
    return Act(
        name=f"{BUSINESS_NAMES[uow.service]}.event.{name}",
        object_kind="inbox_event",
        object_id=row.event_id,
        object_title=row.event_type,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        before=before,
        after=_state(row),
        comment=comment,
    )


def _waiting() -> Any:  # noqa: ANN401 (a correlated scalar subquery has no short name)
    later = aliased(InboxRow)
    return (
        select(func.count())
        .where(
            later.subscription == InboxRow.subscription,
            later.aggregate_id == InboxRow.aggregate_id,
            later.aggregate_version > InboxRow.aggregate_version,
            later.state.in_((PENDING, PARKED)),
        )
        .scalar_subquery()
    )


def _shown(row: InboxRow, waiting: int) -> ParkedEvent:
    return ParkedEvent(
        sequence=row.sequence,
        subscription=row.subscription,
        event_id=row.event_id,
        event_type=row.event_type,
        aggregate_id=row.aggregate_id,
        aggregate_version=row.aggregate_version,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        attempts=row.attempts,
        received_at=row.received_at,
        last_error=row.last_error or "",
        waiting=waiting,
        envelope=row.envelope,
    )
