"""How the events stand: figures for metrics and alerts, plain queries without side effects."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select

from shared.db.unit_of_work import Database
from shared.outbox.tables import PARKED, PENDING, InboxRow, OutboxRow, UndecodableRow


def oldest_unsent_seconds(database: Database) -> float:
    """Return the age in seconds of the oldest event not yet sent; 0 when all are."""
    first = (
        select(OutboxRow.created_at)
        .where(OutboxRow.sent_at.is_(None))
        .order_by(OutboxRow.sequence)
        .limit(1)
    )
    return _age(database, first)


def oldest_unprocessed_seconds(database: Database) -> float:
    """Return the age in seconds of the oldest pending inbox event; 0 when none is pending.

    Counts from the arrival, and includes events that wait behind a parked one.
    """
    return _age(database, select(func.min(InboxRow.received_at)).where(InboxRow.state == PENDING))


def parked_count(database: Database) -> int:
    """Return how many events are parked and need a person."""
    return _count(
        database, select(func.count()).select_from(InboxRow).where(InboxRow.state == PARKED)
    )


def undecodable_count(database: Database) -> int:
    """Return how many received messages were no events of ours."""
    return _count(database, select(func.count()).select_from(UndecodableRow))


def _age(database: Database, query: Select[datetime]) -> float:
    with database.read() as session:
        since = session.execute(query).scalar()
    return max(0.0, (database.clock.now() - since).total_seconds()) if since else 0.0


def _count(database: Database, query: Select[int]) -> int:
    with database.read() as session:
        return session.execute(query).scalar_one()
