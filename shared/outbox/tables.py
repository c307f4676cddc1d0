"""Outbox and inbox: what was told, and what was heard, in the service's own database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Identity,
    Index,
    SmallInteger,
    String,
    any_,
    literal,
    literal_column,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from shared.db.base import FrameBase, RegionCode

# Written into the statements as they are: a prepared statement with a parameter in its place could
# not use the partial indexes below.
PENDING = literal_column("'pending'", String)
PARKED = literal_column("'parked'", String)

_QUEUE_PLANS = text(
    "select set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"
)
_USUAL_PLANS = text(
    "select set_config('plan_cache_mode', 'auto', true),"
    " set_config('enable_sort', 'on', true), set_config('enable_bitmapscan', 'on', true)"
)


@contextmanager
def queue_plans(session: Session) -> Iterator[None]:
    """Have PostgreSQL read a queue from its front, by its index, and stop at the limit.

    These tables go from empty to very full between two looks at their statistics, and a connection
    may keep a plan from when they were empty. A plan that sorts all waiting rows for each batch
    makes the effort grow with the square of the backlog.
    """
    session.execute(_QUEUE_PLANS)
    yield
    session.execute(_USUAL_PLANS)


def among(column: InstrumentedAttribute[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Return `column = any(numbers)`: one parameter, where `in` would make one for each number."""
    return column == any_(literal(numbers, ARRAY(BigInteger)))


# The first of the queue, not whether there is one: the order makes the planner take the queue's own
# index, where for any row it might go through the whole table.
_FIRST_UNSENT = text("select 1 from outbox where sent_at is null order by sequence limit 1")
_FIRST_DUE = text(
    "select 1 from inbox where state = 'pending' and next_attempt_at <= :now"
    " and subscription = :subscription order by next_attempt_at, sequence limit 1"
)


def is_any_unsent(asked: Connection) -> bool:
    """Tell whether an event waits to be sent."""
    return asked.execute(_FIRST_UNSENT).first() is not None


def is_any_due(asked: Connection, subscription: str, now: datetime) -> bool:
    """Tell whether an event waits to be applied; it may have to wait behind a parked one."""
    values = {"subscription": subscription, "now": now}
    return asked.execute(_FIRST_DUE, values).first() is not None


class OutboxRow(FrameBase):
    """An event written in the transaction of the change it tells; kept ≥ 30 days after sending."""

    __tablename__ = "outbox"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    event_type: Mapped[str]
    aggregate_id: Mapped[UUID]
    aggregate_version: Mapped[int]
    region_code: Mapped[str] = mapped_column(RegionCode)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger)
    envelope: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_outbox_aggregate", "aggregate_id", "aggregate_version", unique=True),
        Index("ix_outbox_unsent", "sequence", postgresql_where=text("sent_at is null")),
        Index(
            "ix_outbox_unsent_aggregate",
            "aggregate_id",
            "aggregate_version",
            postgresql_where=text("sent_at is null"),
        ),
        Index("ix_outbox_sent", "created_at", postgresql_where=text("sent_at is not null")),
    )


class InboxRow(FrameBase):
    """An event heard by one subscription, once: (subscription, event id) is unique.

    States: `pending` → `done` | `parked` (after the sixth failure) → `pending` (sent again) or
    `discarded` (with a reason). Later events of an aggregate wait behind a pending or parked one.
    """

    __tablename__ = "inbox"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subscription: Mapped[str] = mapped_column(String(100))
    event_id: Mapped[UUID]
    event_type: Mapped[str]
    aggregate_id: Mapped[UUID]
    aggregate_version: Mapped[int]
    region_code: Mapped[str] = mapped_column(RegionCode)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger)
    envelope: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    received_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    resolution: Mapped[str | None]

    __table_args__ = (
        Index("uq_inbox_event", "subscription", "event_id", unique=True),
        Index(
            "ix_inbox_open",
            "subscription",
            "aggregate_id",
            "aggregate_version",
            postgresql_where=text("state in ('pending', 'parked')"),
        ),
        Index(
            "ix_inbox_due",
            "next_attempt_at",
            "sequence",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_inbox_parked", "sequence", postgresql_where=text("state = 'parked'")),
        Index("ix_inbox_handled", "handled_at", postgresql_where=text("handled_at is not null")),
    )


class UndecodableRow(FrameBase):
    """Bytes received that are no event: kept for a person to look at, alerting."""

    __tablename__ = "undecodable_message"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subscription: Mapped[str] = mapped_column(String(100))
    body: Mapped[bytes]
    reason: Mapped[str]
    received_at: Mapped[datetime]
