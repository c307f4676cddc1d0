from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from shared.db.unit_of_work import Database
from shared.outbox.relay import Relay
from shared.outbox.tables import InboxRow
from shared.testing.clock import FrozenClock
from shared.testing.effects import NOTE_WRITTEN, event_database, notes
from shared.testing.events import tell
from shared.transport.local import LocalTransport

WANTED = frozenset({NOTE_WRITTEN})


@pytest.fixture
def make_database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Callable[[str], Database]:
    return lambda service: event_database(new_database(postgres_url), service, frozen_clock)


def inbox(database: Database) -> list[str]:
    with database.read() as session:
        return [str(row.event_id) for row in session.query(InboxRow).order_by(InboxRow.sequence)]


def test_every_subscriber_gets_its_copy_and_is_told(
    make_database: Callable[[str], Database],
) -> None:
    source, near, far = (make_database(name) for name in ("target_svc", "monitor_svc", "eval_svc"))
    arrivals: list[str] = []
    transport = LocalTransport(
        {
            "monitor_svc": (near, WANTED),
            "eval_svc": (far, WANTED),
            "oversight_svc": (source, frozenset({"other"})),
        },
        arrivals.append,
    )
    events = notes(aggregates=3, versions=1)
    tell(source, *events)

    assert Relay(source, transport, lambda: True).run_once() == 3
    assert inbox(near) == inbox(far) == [str(event.id) for event in events]
    assert inbox(source) == []
    assert arrivals == ["monitor_svc", "eval_svc"]


def test_an_inbox_out_of_reach_keeps_only_its_own_events_back(
    make_database: Callable[[str], Database],
) -> None:
    source, near, far = (make_database(name) for name in ("target_svc", "monitor_svc", "eval_svc"))
    transport = LocalTransport({"monitor_svc": (near, WANTED), "eval_svc": (far, WANTED)})
    relay = Relay(source, transport, lambda: True)
    tell(source, *notes(aggregates=1, versions=1))
    with far.begin() as uow:
        uow.session.execute(text("alter table inbox rename to inbox_away"))

    with pytest.raises(Exception, match="none of 1 events confirmed"):
        relay.run_once()
    assert len(inbox(near)) == 1

    with far.begin() as uow:
        uow.session.execute(text("alter table inbox_away rename to inbox"))
    assert relay.run_once() == 1
    assert len(inbox(near)) == len(inbox(far)) == 1


def test_an_event_without_subscribers_is_settled(
    make_database: Callable[[str], Database],
) -> None:
    source = make_database("target_svc")
    tell(source, *notes(aggregates=2, versions=1))

    assert Relay(source, LocalTransport({}), lambda: True).run_once() == 2
