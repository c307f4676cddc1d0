"""Deletes what has been told and done long ago, a bounded piece at a time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.outbox.tables import InboxRow, OutboxRow

KEEP = timedelta(days=30)
INBOX_MARGIN = timedelta(days=7)
"""An inbox remembers longer than any outbox can replay, or a replayed event would count as new."""

CHUNK = 5000


def prune(uow: UnitOfWork, clock: Clock, keep: timedelta = KEEP, chunk: int = CHUNK) -> int:
    """Delete at most `chunk` rows from each of outbox and inbox; return how many went.

    Outbox rows go once sent and *told* longer than `keep` ago (a replay makes the sending fresh,
    not the event); inbox rows once handled longer than `keep` and the margin ago. Unsent, pending
    and parked rows never go. Call again while it returns something.
    """
    outbox = (
        select(OutboxRow.sequence)
        .where(OutboxRow.sent_at.is_not(None), OutboxRow.created_at < clock.now() - keep)
        .order_by(OutboxRow.created_at)
        .limit(chunk)
    )
    inbox = (
        select(InboxRow.sequence)
        .where(InboxRow.handled_at < clock.now() - keep - INBOX_MARGIN)
        .order_by(InboxRow.handled_at)
        .limit(chunk)
    )
    gone = 0
    for table, old in ((OutboxRow, outbox), (InboxRow, inbox)):
        key = table.sequence
        statement = delete(table).where(key.in_(old.with_for_update(skip_locked=True)))
        found = uow.session.execute(
            statement.returning(key).execution_options(synchronize_session=False)
        )
        gone += len(found.all())
    return gone
