"""After a database was restored: which events were told and marked, but are in no inbox.

They were on their way when the moment was taken that the databases went back to. Inboxes remember
longer than outboxes (`shared.outbox.retention`), so an event that is missing there was never
taken in, and telling it once more cannot apply it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, update

from shared.access.actor import Actor
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.registry import BUSINESS_NAMES
from shared.ids import new_id
from shared.outbox.tables import InboxRow, OutboxRow, among
from shared.outbox.wakeup import note_told
from shared.trail.record import Act

CHUNK = 5000

Hearers = Mapping[str, tuple[Database, frozenset[str]]]
"""Subscription → its database and the event types it hears."""


def tell_missing_again(uow: UnitOfWork, hearers: Hearers, chunk: int = CHUNK) -> int:
    """Mark unsent what a hearer lacks; return how many events."""
    after = total = 0
    while True:
        rows = uow.session.execute(
            select(OutboxRow.sequence, OutboxRow.event_id, OutboxRow.event_type)
            .where(OutboxRow.sent_at.is_not(None), OutboxRow.sequence > after)
            .order_by(OutboxRow.sequence)
            .limit(chunk)
        ).all()
        if not rows:
            return total
        after = rows[-1].sequence
        missing = _missing(hearers, [(row.event_id, row.event_type) for row in rows])
        again = [row.sequence for row in rows if row.event_id in missing]
        if again:
            uow.session.execute(
                update(OutboxRow)
                .where(among(OutboxRow.sequence, again))
                .values(sent_at=None)
                .execution_options(synchronize_session=False)
            )
            note_told(uow.session)
        total += len(again)


def _missing(hearers: Hearers, events: Sequence[tuple[UUID, str]]) -> set[UUID]:
    missing: set[UUID] = set()
    for subscription, (database, heard) in hearers.items():
        owed = {event_id for event_id, event_type in events if event_type in heard}
        if not owed:
            continue
        with database.read() as session:
            there = session.scalars(
                select(InboxRow.event_id).where(
                    InboxRow.subscription == subscription, InboxRow.event_id.in_(owed)
                )
            ).all()
        missing |= owed - set(there)
    return missing


def record_restore(
    uow: UnitOfWork, actor: Actor, origin: str, told_again: int, lost_heads: int
) -> None:
    """Write into the trail that the data went back in time: who reads on must know it."""
    uow.record(
        actor,
        Act(
            name=f"{BUSINESS_NAMES[uow.service]}.event.restore",
            object_kind="database",
            object_id=new_id(),
            object_title="数据恢复",
            region=actor.scope.region,
            after={"origin": origin, "told_again": told_again, "lost_heads": lost_heads},
            comment=origin,
        ),
    )
