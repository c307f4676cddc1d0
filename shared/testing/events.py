"""Events in tests: make one, tell it, hear it, expect it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from shared.db.unit_of_work import Database
from shared.events.envelope import Event, Subject
from shared.ids import new_id
from shared.outbox.inbox import insert_envelopes
from shared.outbox.tables import OutboxRow
from shared.outbox.writer import add_to_outbox

REGION = "511621"  # 岳池县


def make_event(
    event_type: str,
    data: Mapping[str, Any] | None = None,
    *,
    aggregate: UUID | None = None,
    version: int = 1,
    at: datetime = datetime(2023, 10, 10, 1, 0, tzinfo=UTC),
) -> Event:
    """Return an event about `aggregate` (a new one if not given); `data` is in its JSON form."""
    return Event(
        id=new_id(),
        type=event_type,
        source="/test",
        subject=Subject(id=aggregate or new_id(), version=version, region=REGION, fiscal_year=2023),
        time=at,
        actor="测试",
        correlation_id=str(new_id()),
        causation_id="",
        traceparent="",
        data=dict(data or {}),
    )


def tell(database: Database, *events: Event) -> None:
    """Put events into the outbox as if a use case had told them."""
    with database.begin() as uow:
        for event in events:
            add_to_outbox(uow.session, event)


def hear(database: Database, subscription: str, *events: Event) -> None:
    """Put events into the inbox as if a transport had brought them."""
    with database.begin() as uow:
        envelopes = [json.dumps(event.to_json()) for event in events]
        insert_envelopes(uow.session, subscription, envelopes, database.clock.now())


def told(database: Database, *, after: int = 0) -> list[Event]:
    """Return the events in the outbox with a sequence above `after`, in order."""
    with database.read() as session:
        envelopes = session.scalars(
            select(OutboxRow.envelope)
            .where(OutboxRow.sequence > after)
            .order_by(OutboxRow.sequence)
        )
        return [Event.from_json(envelope) for envelope in envelopes]


@contextmanager
def expect_events(database: Database, *event_types: str) -> Iterator[list[Event]]:
    """Expect the block to tell exactly these types in this order; the list is filled at its end."""
    with database.read() as session:
        last = session.scalar(select(func.coalesce(func.max(OutboxRow.sequence), 0))) or 0
    heard: list[Event] = []
    yield heard
    heard.extend(told(database, after=last))
    found = [event.type for event in heard]
    if found != list(event_types):
        raise AssertionError(f"expected events {list(event_types)}, told were {found}")
