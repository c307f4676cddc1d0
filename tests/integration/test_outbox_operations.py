from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.errors import InvalidInputError, NotFoundError
from shared.events.envelope import Event
from shared.outbox.parking import (
    EventNotParkedError,
    discard,
    list_parked,
    read_parked,
    send_again,
)
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.outbox.replay import Selection, replay
from shared.outbox.retention import prune
from shared.outbox.tables import InboxRow, OutboxRow
from shared.testing.clock import FrozenClock
from shared.testing.effects import (
    NOTE_WRITTEN,
    NOTES,
    SUBSCRIPTION,
    applied,
    apply_note,
    event_database,
    notes,
)
from shared.testing.events import REGION, hear, tell
from shared.trail.tables import TrailRow
from shared.transport.local import LocalTransport

OPERATOR = Actor.system("monitor_svc", REGION)


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    return event_database(new_database(postgres_url), SUBSCRIPTION, frozen_clock)


def park(database: Database, *events: Event) -> list[int]:
    with database.begin() as uow:
        parked = update(InboxRow).where(InboxRow.event_id.in_([event.id for event in events]))
        uow.session.execute(parked.values(state="parked", attempts=6, last_error="ValueError: x"))
        return list(uow.session.scalars(select(InboxRow.sequence).order_by(InboxRow.sequence)))


def drain(database: Database) -> None:
    worker = Processor(database, SUBSCRIPTION, {NOTE_WRITTEN: apply_note}, registry=NOTES)
    while worker.run_once():
        pass


def acts(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(TrailRow).order_by(TrailRow.record_id))
        return [(row.act, row.comment) for row in rows]


def rows(database: Database, table: type[InboxRow | OutboxRow]) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_parked_events_are_listed_page_by_page_with_what_waits_behind(database: Database) -> None:
    events = notes(aggregates=3, versions=2)
    hear(database, SUBSCRIPTION, *events)
    park(database, *events[:3])

    with database.read() as session:
        first = list_parked(session, limit=2)
        rest = list_parked(session, after=first[-1].sequence, limit=2)
        one = read_parked(session, first[0].sequence)

    assert [item.event_id for item in first + rest] == [event.id for event in events[:3]]
    assert [item.waiting for item in first] == [1, 1]
    assert one.envelope["data"] == {"number": 1}
    assert (one.attempts, one.last_error) == (6, "ValueError: x")


def test_an_event_sent_again_is_applied_before_its_followers(
    database: Database, frozen_clock: FrozenClock
) -> None:
    first, second = notes(aggregates=1, versions=2)
    hear(database, SUBSCRIPTION, first, second)
    sequence, _ = park(database, first)
    drain(database)
    assert applied(database) == []

    with database.begin() as uow:
        send_again(uow, frozen_clock, OPERATOR, sequence)
    drain(database)

    assert [version for _, version in applied(database)] == [1, 2]
    assert acts(database) == [("monitoring.event.send_again", "")]


def test_a_discarded_event_lets_its_followers_go_on(
    database: Database, frozen_clock: FrozenClock
) -> None:
    first, second = notes(aggregates=1, versions=2)
    hear(database, SUBSCRIPTION, first, second)
    sequence, _ = park(database, first)

    with database.begin() as uow:
        discard(uow, frozen_clock, OPERATOR, sequence, " 重复录入，经核对无需处理 ")
    drain(database)

    assert [version for _, version in applied(database)] == [2]
    assert acts(database) == [("monitoring.event.discard", "重复录入，经核对无需处理")]


def test_what_is_not_parked_is_refused(database: Database, frozen_clock: FrozenClock) -> None:
    event = notes(1, 1)[0]
    hear(database, SUBSCRIPTION, event)
    with database.read() as session:
        sequence = session.scalars(select(InboxRow.sequence)).one()

    with pytest.raises(EventNotParkedError, match="刷新列表"), database.begin() as uow:
        send_again(uow, frozen_clock, OPERATOR, sequence)
    with pytest.raises(EventNotParkedError), database.begin() as uow:
        discard(uow, frozen_clock, OPERATOR, sequence, "无效")
    with pytest.raises(NotFoundError), database.begin() as uow:
        send_again(uow, frozen_clock, OPERATOR, sequence + 1)
    with pytest.raises(NotFoundError), database.read() as session:
        read_parked(session, sequence)
    assert acts(database) == []


def test_discarding_needs_a_reason(database: Database, frozen_clock: FrozenClock) -> None:
    event = notes(1, 1)[0]
    hear(database, SUBSCRIPTION, event)
    (sequence,) = park(database, event)

    with pytest.raises(InvalidInputError) as caught, database.begin() as uow:
        discard(uow, frozen_clock, OPERATOR, sequence, "  ")

    assert caught.value.problems[0].path == "reason"


def sent_and_done(database: Database) -> Relay:
    """Tell, send and apply ten events within one database."""
    tell(database, *notes(aggregates=10, versions=1))
    transport = LocalTransport({SUBSCRIPTION: (database, frozenset({NOTE_WRITTEN}))})
    relay = Relay(database, transport, lambda: True)
    relay.run_once()
    drain(database)
    return relay


def test_old_rows_go_in_bounded_pieces_the_inbox_later_than_the_outbox(
    database: Database, frozen_clock: FrozenClock
) -> None:
    sent_and_done(database)
    hear(database, SUBSCRIPTION, *notes(1, 1))
    tell(database, *notes(1, 1))

    def pieces() -> list[int]:
        found = []
        for _ in range(4):
            with database.begin() as uow:
                found.append(prune(uow, frozen_clock, chunk=4))
        return found

    frozen_clock.advance(timedelta(days=29))
    assert pieces() == [0, 0, 0, 0]
    frozen_clock.advance(timedelta(days=2))
    assert pieces() == [4, 4, 2, 0]
    assert (rows(database, OutboxRow), rows(database, InboxRow)) == (1, 11)
    frozen_clock.advance(timedelta(days=7))
    assert pieces() == [4, 4, 2, 0]
    assert (rows(database, OutboxRow), rows(database, InboxRow)) == (1, 1)


def test_a_replayed_event_does_not_live_longer_than_its_inbox_row(
    database: Database, frozen_clock: FrozenClock
) -> None:
    relay = sent_and_done(database)
    frozen_clock.advance(timedelta(days=25))
    with database.begin() as uow:
        replay(uow, OPERATOR, Selection(event_type=NOTE_WRITTEN), "核对")
    relay.run_once()
    frozen_clock.advance(timedelta(days=6))
    with database.begin() as uow:
        prune(uow, frozen_clock)

    assert rows(database, OutboxRow) == 0
    assert rows(database, InboxRow) == 10


def test_a_replay_fills_what_is_missing_and_repeats_nothing(database: Database) -> None:
    relay = sent_and_done(database)
    with database.begin() as uow:
        uow.session.delete(uow.session.scalars(select(InboxRow).limit(1)).one())
    with database.begin() as uow:
        assert replay(uow, OPERATOR, Selection(first_sequence=1, last_sequence=10), "恢复") == 10

    relay.run_once()
    drain(database)

    assert rows(database, InboxRow) == 10
    assert len(applied(database)) == 11
    assert acts(database) == [("monitoring.event.replay", "恢复")]


def test_a_replay_takes_only_what_was_selected(database: Database) -> None:
    sent_and_done(database)
    with database.read() as session:
        row = session.scalars(select(OutboxRow).limit(1)).one()
        aggregate = row.aggregate_id

    with database.begin() as uow:
        assert replay(uow, OPERATOR, Selection(aggregate_id=aggregate), "核对") == 1
        assert replay(uow, OPERATOR, Selection(event_type="target.other.v1"), "核对") == 0


@pytest.mark.parametrize(
    ("selection", "reason", "path"),
    [(Selection(), "核对", "selection"), (Selection(first_sequence=1), " ", "reason")],
)
def test_a_replay_needs_a_condition_and_a_reason(
    database: Database, selection: Selection, reason: str, path: str
) -> None:
    with pytest.raises(InvalidInputError) as caught, database.begin() as uow:
        replay(uow, OPERATOR, selection, reason)

    assert [problem.path for problem in caught.value.problems] == [path]
