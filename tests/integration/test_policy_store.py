"""Packs in force and the calendar in a real database, fed by events."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.calendar_store import (
    CalendarDayRow,
    learn_calendar_day,
    load_calendar,
    seed_calendar,
    seed_days,
)
from shared.clock import Clock
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.events.envelope import Event, Subject
from shared.events.oversight import CALENDAR_CHANGED, POLICY_ACTIVATED
from shared.ids import new_id
from shared.policy.active import (
    ActivePolicyRow,
    AlteredPackError,
    NoPolicyError,
    learn_policy,
    policy_for,
)
from shared.policy.answers import InvalidAnswersError
from shared.policy.loader import InvalidPackError, find_pack
from shared.policy.model import DeadlineKind, GateMode

SAMPLES = Path(__file__).parents[2] / "shared" / "events" / "samples"
SYSTEM = Actor.system("monitor_svc", "511621")


@pytest.fixture
def database(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: Clock
) -> Database:
    engine = new_database(postgres_url)
    FRAME_METADATA.create_all(
        engine, tables=[ActivePolicyRow.metadata.tables[name] for name in TABLES]
    )
    return Database(engine, "monitor_svc", frozen_clock)


TABLES = ("active_policy", "calendar_day")


def event(event_type: str, data: dict[str, Any]) -> Event:
    return Event(
        id=new_id(),
        type=event_type,
        source="/oversight_svc",
        subject=Subject(new_id(), 1, "511621", 0),
        time=datetime(2023, 10, 9, tzinfo=UTC),
        actor="王系统",
        correlation_id="c",
        causation_id="",
        traceparent="",
        data=data,
    )


def activation(
    code: str, fiscal_year: int = 0, reading: str = "fifth_workday_of_october"
) -> dict[str, Any]:
    pack = find_pack(code)
    return {
        "code": pack.ref.code,
        "version": pack.ref.version,
        "region": pack.region,
        "fiscal_year": fiscal_year,
        "digest": pack.digest,
        "content": deepcopy(dict(pack.content)),
        "answers": {"monitoring_report_day": reading},
        "activated_on": "2023-10-09",
    }


def learn(database: Database, data: dict[str, Any]) -> None:
    with database.begin() as uow:
        learn_policy(uow, database.clock, SYSTEM, event(POLICY_ACTIVATED, data))


def test_without_a_pack_the_act_is_refused_with_a_sentence(database: Database) -> None:
    with database.read() as session, pytest.raises(NoPolicyError, match="没有政策包"):
        policy_for(session, "511621", 2023)


def test_the_activated_pack_is_found_with_its_readings(database: Database) -> None:
    learn(database, activation("yuechi-2023", reading="five_workdays_after_october"))
    learn(database, activation("shilong-2021"))
    with database.read() as session:
        yuechi = policy_for(session, "511621", 2023)
        assert yuechi.digest == find_pack("yuechi-2023").digest
        assert yuechi.deadlines["monitoring_report"].kind is DeadlineKind.NTH_WORKDAY_AFTER_MONTH
        assert policy_for(session, "410404", 2023).gate.mode is GateMode.BLOCK
        row = session.get(ActivePolicyRow, ("511621", 0))
        assert row is not None
        assert (row.activated_by, row.activated_at) == ("王系统", datetime(2023, 10, 9, tzinfo=UTC))


def test_a_year_s_own_pack_goes_before_the_general_one(database: Database) -> None:
    learn(database, activation("yuechi-2023"))
    learn(database, activation("yuechi-2023", 2024, "last_five_workdays_of_october"))
    with database.read() as session:
        kinds = {
            year: policy_for(session, "511621", year).deadlines["monitoring_report"].kind
            for year in (2023, 2024, 2025)
        }
    assert kinds == {
        2023: DeadlineKind.NTH_WORKDAY_OF_MONTH,
        2024: DeadlineKind.LAST_NTH_WORKDAY_OF_MONTH,
        2025: DeadlineKind.NTH_WORKDAY_OF_MONTH,
    }


def test_a_later_activation_replaces_and_a_repeated_one_changes_nothing(
    database: Database,
) -> None:
    for reading in ("fifth_workday_of_october", "last_five_workdays_of_october"):
        learn(database, activation("yuechi-2023", reading=reading))
        learn(database, activation("yuechi-2023", reading=reading))
    with database.read() as session:
        pack = policy_for(session, "511621", 2023)
        rows = session.scalars(select(ActivePolicyRow)).all()
    assert pack.deadlines["monitoring_report"].kind is DeadlineKind.LAST_NTH_WORKDAY_OF_MONTH
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda data: data["content"]["gate"].update(mode="advise"), AlteredPackError),
        (lambda data: data.update(region="410404"), AlteredPackError),
        (lambda data: data.update(version="9"), AlteredPackError),
        (lambda data: data["answers"].clear(), InvalidAnswersError),
        (lambda data: data["content"].pop("gate"), InvalidPackError),
    ],
)
def test_an_untrue_activation_changes_nothing(
    database: Database, change: Callable[[dict[str, Any]], None], error: type[Exception]
) -> None:
    data = activation("yuechi-2023")
    change(data)
    with pytest.raises(error):
        learn(database, data)
    with database.read() as session:
        assert session.scalars(select(ActivePolicyRow)).all() == []


def sample(event_type: str) -> Event:
    text = (SAMPLES / f"{event_type}.json").read_text(encoding="utf-8")
    return Event.from_json(json.loads(text))


def test_the_golden_samples_are_understood(database: Database) -> None:
    with database.begin() as uow:
        learn_policy(uow, database.clock, SYSTEM, sample(POLICY_ACTIVATED))
        learn_calendar_day(uow, database.clock, SYSTEM, sample(CALENDAR_CHANGED))
    with database.read() as session:
        assert policy_for(session, "511621", 2023).ref.code == "yuechi-2023"
        assert 2027 in load_calendar(session).published_years


def seed(session: Session) -> None:
    session.execute(insert(CalendarDayRow), seed_days(datetime(2023, 1, 1, tzinfo=UTC)))


def test_the_seeded_calendar_is_the_seed(database: Database) -> None:
    with database.begin() as uow:
        seed(uow.session)
    with database.read() as session:
        calendar = load_calendar(session)
        assert load_calendar(session) is calendar
    assert calendar.published_years == seed_calendar().published_years
    assert calendar.nth_workday_of_month(2023, 10, 5).day == date(2023, 10, 11)


def test_an_entered_notice_moves_days_and_ends_provisional(database: Database) -> None:
    with database.begin() as uow:
        seed(uow.session)
    with database.read() as session:
        before = load_calendar(session).nth_workday_of_month(2027, 10, 5)
    days = [("2027-01-01", False), *((f"2027-10-0{n}", False) for n in range(1, 8))]
    data = {
        "days": [
            {"day": day, "is_workday": worked, "kind": "holiday", "source_document": "通知（示例）"}
            for day, worked in days
        ]
    }
    for _ in range(2):
        with database.begin() as uow:
            learn_calendar_day(uow, database.clock, SYSTEM, event(CALENDAR_CHANGED, data))
    with database.read() as session:
        after = load_calendar(session).nth_workday_of_month(2027, 10, 5)
        row = session.get(CalendarDayRow, date(2027, 10, 1))
        assert row is not None
        assert row.source_document == "通知（示例）"
    assert (before.day, before.provisional) == (date(2027, 10, 7), True)
    assert (after.day, after.provisional) == (date(2027, 10, 14), False)


def test_an_empty_calendar_is_provisional_everywhere(database: Database) -> None:
    with database.read() as session:
        assert load_calendar(session).is_workday(date(2026, 10, 1)) == (True, False)
