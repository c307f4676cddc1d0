"""Writes an event into the outbox, inside the transaction of the change it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.events.envelope import Event, Subject
from shared.events.registry import REGISTRY
from shared.ids import new_id
from shared.observability.tracing import current_traceparent
from shared.outbox.tables import OutboxRow
from shared.outbox.wakeup import note_told

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from shared.access.actor import Actor
    from shared.db.unit_of_work import UnitOfWork


def write_event(
    uow: UnitOfWork,
    event_type: str,
    subject: Subject,
    actor: Actor,
    data: dict[str, Any],
    at: datetime,
) -> UUID:
    """Add the event to the session; raise `ValueError` when another service owns the type."""
    event = event_builder(uow, event_type, actor, at)(subject, data)
    add_to_outbox(uow.session, event)
    return event.id


def event_builder(
    uow: UnitOfWork, event_type: str, actor: Actor, at: datetime
) -> Callable[[Subject, dict[str, Any]], Event]:
    """Return what makes an event of a subject and its data, which it checks.

    Raises `ValueError` when another service owns the type.
    """
    declared = REGISTRY.get(event_type)
    if declared.owner != uow.service:
        raise ValueError(f"{uow.service} may not tell {event_type}, owned by {declared.owner}")
    source, traceparent = f"/{uow.service}", current_traceparent()
    causation_id = str(uow.cause.id) if uow.cause else ""

    def build(subject: Subject, data: dict[str, Any]) -> Event:
        return Event(
            id=new_id(),
            type=event_type,
            source=source,
            subject=subject,
            time=at,
            actor=actor.name,
            correlation_id=actor.correlation_id or str(new_id()),
            causation_id=causation_id,
            traceparent=traceparent,
            data=declared.check(data),
        )

    return build


def add_to_outbox(session: Session, event: Event) -> None:
    """Add the finished event to the session and remember to wake the relay after the commit."""
    session.add(
        OutboxRow(
            event_id=event.id,
            event_type=event.type,
            aggregate_id=event.subject.id,
            aggregate_version=event.subject.version,
            region_code=event.subject.region,
            fiscal_year=event.subject.fiscal_year,
            envelope=event.to_json(),
            created_at=event.time,
        )
    )
    note_told(session)
