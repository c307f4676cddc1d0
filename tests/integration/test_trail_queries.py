from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from shared.access.actor import Actor
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.testing.clock import FrozenClock
from shared.trail.queries import MOST, TrailFilter, list_trail, timeline
from shared.trail.record import Act

WANG = replace(
    Actor.system("target_svc", "511621"),
    account_id=UUID(int=1),
    name="王某",
    post_name="绩效股经办",
)
LI = replace(WANG, account_id=UUID(int=2), name="李某")
START = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
ROAD, BRIDGE = UUID(int=3), UUID(int=4)


@pytest.fixture
def database(
    new_database: Callable[[str], Engine], postgres_url: str, frozen_clock: FrozenClock
) -> Database:
    database = Database(new_database(postgres_url), "target_svc", frozen_clock)
    FRAME_METADATA.create_all(database.engine)
    acts = [
        (WANG, "target.target.create", ROAD, "511621", 2023),
        (LI, "target.target.submit", ROAD, "511621", 2023),
        (WANG, "target.targeting", BRIDGE, "511621", 2023),
        (WANG, "target.target.create", BRIDGE, "511621", 2024),
        (WANG, "target.target.create", new_id(), "511622", 2023),
        (LI, "target.target.approve", ROAD, "511621", 2023),
    ]
    for actor, name, object_id, region, year in acts:
        _write(database, actor, name, object_id, region, year)
        frozen_clock.advance(timedelta(minutes=1))
    return database


def _write(
    database: Database, actor: Actor, name: str, object_id: UUID, region: str, year: int
) -> None:
    with database.begin() as uow:
        uow.record(actor, Act(name, "target", object_id, "目标", region, year))


@pytest.mark.parametrize(
    ("wanted", "minutes"),
    [
        (TrailFilter("511621"), [5, 3, 2, 1, 0]),
        (TrailFilter("511621", 2023), [5, 2, 1, 0]),
        (TrailFilter("511621", 0), []),
        (TrailFilter("511622"), [4]),
        (TrailFilter("511621", object_id=BRIDGE), [3, 2]),
        (TrailFilter("511621", account_id=LI.account_id), [5, 1]),
        (TrailFilter("511621", actor_name="王某"), [3, 2, 0]),
        (TrailFilter("511621", act_prefix="target.target."), [5, 3, 1, 0]),
        (TrailFilter("511621", act_prefix="target%"), []),
        (TrailFilter("511621", since=START + timedelta(minutes=2)), [5, 3, 2]),
        (TrailFilter("511621", until=START + timedelta(minutes=2)), [1, 0]),
        (TrailFilter("511621", 2023, object_id=ROAD, actor_name="李某"), [5, 1]),
    ],
    ids=str,
)
def test_the_list_shows_what_is_wanted_newest_first(
    database: Database, wanted: TrailFilter, minutes: list[int]
) -> None:
    with database.read() as session:
        page = list_trail(session, wanted)

    assert [entry.at for entry in page.entries] == [START + timedelta(minutes=m) for m in minutes]
    assert page.next_before is None


def test_pages_follow_one_another_while_acts_are_added(database: Database) -> None:
    with database.read() as session:
        first = list_trail(session, TrailFilter("511621"), limit=2)
    _write(database, WANG, "target.target.submit", BRIDGE, "511621", 2024)
    with database.read() as session:
        second = list_trail(session, TrailFilter("511621"), before=first.next_before, limit=2)
        third = list_trail(session, TrailFilter("511621"), before=second.next_before, limit=2)

    shown = [entry.at for page in (first, second, third) for entry in page.entries]
    assert shown == [START + timedelta(minutes=m) for m in (5, 3, 2, 1, 0)]
    assert third.next_before is None


def test_a_page_is_never_too_large(database: Database) -> None:
    with database.begin() as uow:
        for _ in range(MOST + 1):
            uow.record(WANG, Act("target.target.submit", "target", ROAD, "目标", "511621"))
    with database.read() as session:
        assert len(list_trail(session, TrailFilter("511621"), limit=10_000).entries) == MOST
        assert len(list_trail(session, TrailFilter("511621"), limit=-1).entries) == 1


def test_the_timeline_of_an_object_is_in_order_and_usable_after_the_session(
    database: Database,
) -> None:
    with database.read() as session:
        entries = timeline(session, ROAD)

    assert [entry.act.rpartition(".")[2] for entry in entries] == ["create", "submit", "approve"]
    assert [entry.actor_name for entry in entries] == ["王某", "李某", "李某"]
    assert entries[0].position is None
