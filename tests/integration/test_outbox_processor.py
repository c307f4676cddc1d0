from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.observability.metrics import METRICS
from shared.observability.tracing import current_traceparent
from shared.outbox.measures import oldest_unprocessed_seconds, parked_count
from shared.outbox.processor import Processor
from shared.outbox.tables import InboxRow
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
from shared.testing.events import hear, make_event


@pytest.fixture
def database(
    any_postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    return event_database(new_database(any_postgres_url), SUBSCRIPTION, frozen_clock)


class Faulty:
    """Applies notes except those in `bad`; counts the calls."""

    def __init__(self, *bad: Event) -> None:
        self.bad = {event.id for event in bad}
        self.calls: list[Event] = []

    def __call__(self, uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
        self.calls.append(event)
        apply_note(uow, clock, actor, event)
        if event.id in self.bad:
            raise ValueError("科目\0不存在")


def processor(database: Database, handler: object = apply_note) -> Processor:
    return Processor(database, SUBSCRIPTION, {NOTE_WRITTEN: handler}, registry=NOTES)  # type: ignore[dict-item]


def drain(worker: Processor) -> None:
    while worker.run_once():
        pass


def row_of(database: Database, event: Event) -> InboxRow:
    with database.read() as session:
        row = session.scalars(select(InboxRow).where(InboxRow.event_id == event.id)).one()
        session.expunge(row)
        return row


def counts(database: Database) -> list[float]:
    """Return what the metrics say: done, failed, parked, seconds of delay."""
    service = {"service": database.service}
    said = [
        METRICS.get_sample_value("events_handled_total", service | {"outcome": outcome})
        for outcome in ("done", "failed", "parked")
    ]
    delay = METRICS.get_sample_value("event_handling_delay_seconds_sum", service)
    return [number or 0.0 for number in (*said, delay)]


def test_events_are_applied_once_and_in_the_order_of_their_aggregate(database: Database) -> None:
    events = notes(aggregates=3, versions=4)
    hear(database, SUBSCRIPTION, *reversed(events))

    drain(processor(database))

    assert len(applied(database)) == 12
    for aggregate in {event.subject.id for event in events}:
        versions = [version for found, version in applied(database) if found == aggregate]
        assert versions == [1, 2, 3, 4]
    assert row_of(database, events[0]).state == "done"


def test_a_second_copy_changes_nothing(database: Database) -> None:
    event = notes(1, 1)[0]
    for _ in range(3):
        hear(database, SUBSCRIPTION, event, event)
        drain(processor(database))

    assert len(applied(database)) == 1


def test_a_failure_is_undone_counted_and_tried_again_later(
    database: Database, frozen_clock: FrozenClock
) -> None:
    bad, good, follower, later = notes(aggregates=2, versions=2)
    handler = Faulty(bad)
    hear(database, SUBSCRIPTION, bad, good, follower, later)

    drain(processor(database, handler))

    row = row_of(database, bad)
    assert (row.state, row.attempts) == ("pending", 1)
    assert row.last_error == "ValueError: 科目不存在"
    wait = row.next_attempt_at - frozen_clock.now()
    assert timedelta(seconds=0.8) <= wait <= timedelta(seconds=1.2)
    assert [event.id for event in handler.calls].count(bad.id) == 1
    assert {aggregate for aggregate, _ in applied(database)} == {good.subject.id}
    assert row_of(database, follower).state == "pending"

    handler.bad.clear()
    frozen_clock.advance(timedelta(seconds=2))
    drain(processor(database, handler))
    assert [version for found, version in applied(database) if found == bad.subject.id] == [1, 2]


def test_the_sixth_failure_parks_the_event_and_its_followers_wait(
    database: Database, frozen_clock: FrozenClock
) -> None:
    bad, follower = notes(aggregates=1, versions=2)
    handler = Faulty(bad)
    hear(database, SUBSCRIPTION, bad, follower)
    waits: list[datetime] = []
    counted = counts(database)

    for _ in range(10):
        drain(processor(database, handler))
        waits.append(row_of(database, bad).next_attempt_at)
        frozen_clock.advance(timedelta(seconds=400))

    assert len(handler.calls) == 6
    assert row_of(database, bad).state == "parked"
    assert row_of(database, follower).state == "pending"
    assert (parked_count(database), applied(database)) == (1, [])
    assert oldest_unprocessed_seconds(database) == 4000
    assert [after - before for before, after in zip(counted, counts(database), strict=True)] == [
        0, 5, 1, 0,
    ]  # fmt: skip


def test_what_is_done_is_counted_with_its_delay(
    database: Database, frozen_clock: FrozenClock
) -> None:
    counted = counts(database)
    hear(database, SUBSCRIPTION, *notes(aggregates=3, versions=1))
    frozen_clock.advance(timedelta(seconds=20))
    drain(processor(database, Faulty()))
    done, failed, parked, seconds = counts(database)
    assert (done, failed, parked) == (counted[0] + 3, counted[1], counted[2])
    assert seconds == counted[3] + 60


def test_several_failures_in_one_batch_are_each_called_once(database: Database) -> None:
    events = notes(aggregates=6, versions=1)
    handler = Faulty(events[1], events[3], events[4])
    hear(database, SUBSCRIPTION, *events)

    assert processor(database, handler).run_once() == 6

    called = [event.id for event in handler.calls]
    assert all(called.count(bad) == 1 for bad in handler.bad)
    assert len(applied(database)) == 3
    assert [row_of(database, event).attempts for event in events] == [0, 1, 0, 1, 1, 0]


def test_data_that_break_their_schema_never_reach_the_use_case(database: Database) -> None:
    event = make_event(NOTE_WRITTEN, {"number": "eleven", "extra": 1})
    handler = Faulty()
    hear(database, SUBSCRIPTION, event)

    drain(processor(database, handler))

    assert handler.calls == []
    assert "ValidationError" in (row_of(database, event).last_error or "")


def test_an_event_this_release_does_not_know_is_kept_as_a_failure(database: Database) -> None:
    event = make_event("target.note.burnt.v1")
    hear(database, SUBSCRIPTION, event)

    drain(processor(database))

    assert (row_of(database, event).state, row_of(database, event).attempts) == ("pending", 1)


def test_a_known_event_without_a_handler_is_settled(database: Database) -> None:
    event = notes(1, 1)[0]
    hear(database, SUBSCRIPTION, event)

    drain(Processor(database, SUBSCRIPTION, {}, registry=NOTES))

    row = row_of(database, event)
    assert (row.state, row.resolution) == ("done", "本服务不再订阅此类事件")


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_use_case_learns_who_and_what_caused_it(database: Database) -> None:
    seen: dict[str, object] = {}

    def handler(uow: UnitOfWork, _clock: Clock, actor: Actor, event: Event) -> None:
        seen.update(
            actor=actor.name,
            region=actor.scope.region,
            correlation=actor.correlation_id,
            cause=uow.cause,
            trace=current_traceparent(),
            data=event.data,
        )

    event = Event.from_json(
        make_event(NOTE_WRITTEN, {"number": 1}).to_json() | {"traceparent": TRACE}
    )
    hear(database, SUBSCRIPTION, event)
    drain(processor(database, handler))

    assert seen == {
        "actor": f"system:{SUBSCRIPTION}",
        "region": event.subject.region,
        "correlation": event.correlation_id,
        "cause": event,
        "trace": TRACE,
        "data": {"number": 1},
    }
    assert current_traceparent() == ""


def test_another_subscription_is_left_alone(database: Database) -> None:
    hear(database, "eval_svc", *notes(1, 1))

    assert processor(database).run_once() == 0


def test_many_processors_share_the_work_without_repeating_it(database: Database) -> None:
    events = notes(aggregates=40, versions=10)
    hear(database, SUBSCRIPTION, *events)
    workers = [
        Processor(database, SUBSCRIPTION, {NOTE_WRITTEN: apply_note}, registry=NOTES, batch=7)
        for _ in range(4)
    ]
    threads = [threading.Thread(target=drain, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain(workers[0])

    found = applied(database)
    assert len(found) == len(set(found)) == 400
    for aggregate in {event.subject.id for event in events}:
        assert [version for each, version in found if each == aggregate] == list(range(1, 11))
