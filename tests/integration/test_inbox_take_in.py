from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from shared.db.unit_of_work import Database
from shared.outbox.inbox import take_in
from shared.outbox.measures import undecodable_count
from shared.outbox.tables import InboxRow, UndecodableRow
from shared.testing.clock import FrozenClock
from shared.testing.effects import NOTE_WRITTEN, SUBSCRIPTION, event_database, notes
from shared.testing.events import make_event


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    return event_database(new_database(postgres_url), SUBSCRIPTION, frozen_clock)


def received(database: Database) -> list[InboxRow]:
    with database.read() as session:
        rows = session.scalars(select(InboxRow).order_by(InboxRow.sequence)).all()
        session.expunge_all()
        return list(rows)


def good(number: int = 1) -> list[bytes]:
    return [json.dumps(event.to_json()).encode() for event in notes(number, 1)]


def changed(**attributes: object) -> bytes:
    return json.dumps(make_event(NOTE_WRITTEN).to_json() | attributes).encode()


def test_events_are_stored_whole_in_the_order_of_arrival(
    database: Database, frozen_clock: FrozenClock
) -> None:
    events = notes(aggregates=50, versions=1)
    take_in(database, SUBSCRIPTION, [json.dumps(event.to_json()).encode() for event in events])

    rows = received(database)
    assert [row.event_id for row in rows] == [event.id for event in events]
    first = rows[0]
    assert first.envelope == events[0].to_json()
    assert (first.event_type, first.aggregate_version) == (NOTE_WRITTEN, 1)
    assert (first.region_code, first.fiscal_year) == ("511621", 2023)
    assert (first.state, first.received_at) == ("pending", frozen_clock.now())


def test_an_event_is_stored_once_for_each_subscription(database: Database) -> None:
    bodies = good()
    take_in(database, SUBSCRIPTION, bodies * 2)
    take_in(database, SUBSCRIPTION, bodies)
    take_in(database, "eval_svc", bodies)

    assert [row.subscription for row in received(database)] == [SUBSCRIPTION, "eval_svc"]


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff\xfe not json",
        b"{}",
        changed(aggregateversion=2**40),
        changed(region="511621511621"),
        changed(data={"text": "nul \0"}),
        changed(data={"text": "\ud800"}),
        changed(data={"number": float("nan")}),
        changed(type="nul \0"),
    ],
    ids=["bytes", "empty", "version", "region", "nul", "surrogate", "nan", "type"],
)
def test_a_bad_message_is_kept_aside_and_holds_up_nobody(database: Database, bad: bytes) -> None:
    first, second = good(2)
    take_in(database, SUBSCRIPTION, [first, bad, second])

    assert len(received(database)) == 2
    assert undecodable_count(database) == 1
    with database.read() as session:
        kept = session.scalars(select(UndecodableRow)).one()
        assert (kept.body, kept.subscription) == (bad, SUBSCRIPTION)
        assert kept.reason
