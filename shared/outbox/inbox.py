"""The way into the inbox: each event once for each subscription, whatever arrives how often."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from shared.db.unit_of_work import Database
from shared.events.envelope import Event, UndecodableEventError
from shared.outbox.tables import UndecodableRow

# One statement with one parameter for a whole batch: a row per round trip, or a parameter per
# column and row, would cost most of the throughput.
_INSERT = text("""
insert into inbox (subscription, event_id, event_type, aggregate_id, aggregate_version,
                   region_code, fiscal_year, envelope, received_at, next_attempt_at)
select :subscription,
       cast(e ->> 'id' as uuid),
       e ->> 'type',
       cast(e ->> 'subject' as uuid),
       cast(e ->> 'aggregateversion' as integer),
       e ->> 'region',
       cast(e ->> 'fiscalyear' as smallint),
       e, :at, :at
from jsonb_array_elements(cast(:envelopes as jsonb)) with ordinality as envelopes (e, position)
order by position
on conflict (subscription, event_id) do nothing
""")


def insert_envelopes(
    session: Session, subscription: str, envelopes: Sequence[str], at: datetime
) -> None:
    """Insert events, as JSON texts, in the given order; one that is there already stays as it is.

    Raises `sqlalchemy.exc.DataError` when a text is no envelope, and inserts none.
    """
    joined = f"[{','.join(envelopes)}]"
    session.execute(_INSERT, {"subscription": subscription, "at": at, "envelopes": joined})


def check(body: bytes) -> str:
    """Return the text of a message that is an event, else raise `UndecodableEventError`."""
    try:
        envelope = body.decode()
        content = json.loads(envelope)
    except (ValueError, RecursionError) as error:
        raise UndecodableEventError(f"{type(error).__name__}: {error}") from error
    Event.from_json(content)
    return envelope


def take_in(database: Database, subscription: str, bodies: Sequence[bytes]) -> None:
    """Put received messages into the inbox in one transaction, or none of them.

    What is no event, or what PostgreSQL cannot hold (a NUL in a text, a version beyond integer),
    goes to `undecodable_message`: a bad message must neither be lost nor block the good ones.
    """
    at = database.clock.now()
    envelopes: list[str] = []
    refused: list[tuple[bytes, str]] = []
    for body in bodies:
        try:
            envelopes.append(check(body))
        except UndecodableEventError as error:
            refused.append((body, str(error)))
    try:
        with database.begin() as uow:
            _store(uow.session, subscription, envelopes, refused, at)
    except (DataError, ValueError):
        _take_in_one_by_one(database, subscription, bodies, at)


def _store(
    session: Session,
    subscription: str,
    envelopes: Sequence[str],
    refused: Sequence[tuple[bytes, str]],
    at: datetime,
) -> None:
    if envelopes:
        insert_envelopes(session, subscription, envelopes, at)
    if refused:
        session.execute(
            insert(UndecodableRow),
            [
                {
                    "subscription": subscription,
                    "body": body,
                    "reason": reason.encode("ascii", "backslashreplace").decode().replace("\0", ""),
                    "received_at": at,
                }
                for body, reason in refused
            ],
        )


def _take_in_one_by_one(
    database: Database, subscription: str, bodies: Sequence[bytes], at: datetime
) -> None:
    with database.begin() as uow:
        for body in bodies:
            try:
                with uow.savepoint():
                    _store(uow.session, subscription, [check(body)], [], at)
            except (UndecodableEventError, DataError, ValueError) as error:
                reason = f"{type(error).__name__}: {error}"
                _store(uow.session, subscription, [], [(body, reason)], at)
