"""Writes many events at once by COPY, for imports; the same checks and rows as one by one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.db.bulk import JsonText, copy_rows
from shared.events.envelope import Subject
from shared.outbox.tables import OutboxRow
from shared.outbox.wakeup import note_told
from shared.outbox.writer import event_builder

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.db.unit_of_work import UnitOfWork

_COLUMNS = (
    "event_id",
    "event_type",
    "aggregate_id",
    "aggregate_version",
    "region_code",
    "fiscal_year",
    "envelope",
    "created_at",
)


def event_rows(
    uow: UnitOfWork,
    event_type: str,
    actor: Actor,
    facts: Iterable[tuple[Subject, dict[str, Any]]],
    at: datetime,
) -> list[tuple[Any, ...]]:
    """Return an outbox row for each (subject, data), checked; the session is not touched."""
    build = event_builder(uow, event_type, actor, at)
    rows: list[tuple[Any, ...]] = []
    for subject, data in facts:
        event = build(subject, data)
        key = (subject.id, subject.version, subject.region, subject.fiscal_year)
        rows.append((event.id, event.type, *key, JsonText.of(event.to_json()), at))
    return rows


def write_event_rows(uow: UnitOfWork, rows: Iterable[tuple[Any, ...]]) -> int:
    """Put finished rows into the outbox; return how many there were."""
    note_told(uow.session)
    return copy_rows(uow.session, OutboxRow, _COLUMNS, rows)
