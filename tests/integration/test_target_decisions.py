"""A decision on a unit reaches those who make its next budget; persons stay in the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Engine

from services.target_svc.console.review_view import panels_of
from services.target_svc.consumers import HANDLERS
from services.target_svc.module import MODULE
from services.target_svc.queries.target_view import TargetView
from services.target_svc.store.decisions import UnitDecisionRow, decisions_for
from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.events.envelope import Event
from shared.events.oversight import ACCOUNTABILITY_DECIDED
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.events import REGION, make_event

CASE, UNIT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def database(postgres_url: str, new_database: Callable[[str], Engine]) -> Database:
    engine = new_database(postgres_url)
    bring_to_head(engine, MODULE)
    return Database(engine, MODULE.name, FrozenClock(datetime(2024, 5, 6, 1, 0, tzinfo=UTC)))


def decided(version: int, *measures: str) -> Event:
    data = {
        "number": "问责2023-001",
        "unit_ids": [str(UNIT)],
        "measures": list(measures),
        "document_number": "岳府办〔2024〕8号",
        "decided_on": "2024-04-08",
    }
    return make_event(ACCOUNTABILITY_DECIDED, data, aggregate=CASE, version=version)


def hear(database: Database, event: Event) -> None:
    with database.begin() as uow:
        HANDLERS[event.type](uow, database.clock, Actor.system(MODULE.name, REGION), event)


def seen(database: Database, year: int, unit_id: UUID = UNIT) -> list[UnitDecisionRow]:
    project: Any = SimpleNamespace(region_code=REGION, fiscal_year=year, unit_id=unit_id)
    with database.read() as session:
        return list(decisions_for(session, project))


def test_a_deduction_is_heeded_in_the_budgets_that_follow(database: Database) -> None:
    hear(database, decided(5, "interview", "budget_deduction"))
    assert [year for year in (2022, 2023, 2024, 2025, 2026) if seen(database, year)] == [2024, 2025]
    assert seen(database, 2025, OTHER) == []
    row = seen(database, 2025)[0]
    assert (row.document_number, row.decided_on) == ("岳府办〔2024〕8号", date(2024, 4, 8))


def test_what_does_not_touch_money_or_was_lifted_is_not_shown(database: Database) -> None:
    hear(database, decided(5, "interview"))
    assert seen(database, 2025) == []
    hear(database, decided(6, "stop_disbursement"))
    assert len(seen(database, 2025)) == 1
    hear(database, decided(5, "budget_deduction"))  # late and older
    assert seen(database, 2025)[0].measures == ["stop_disbursement"]
    hear(database, decided(9))
    assert seen(database, 2025) == []


def test_the_reviewer_reads_measure_and_document_beside_the_budget(database: Database) -> None:
    hear(database, decided(5, "budget_deduction"))
    target = SimpleNamespace(annual_goal="", state="active", grade="", midterm_goal="",
                             money_note="", cut_amount=None)  # fmt: skip
    project = SimpleNamespace(fiscal_year=2025, initial_amount=1, adjusted_amount=1)
    parts = (target, project, None, None, (), (), None, (), seen(database, 2025))
    view = TargetView(*(cast("Any", each) for each in parts))
    text = "扣减预算（岳府办〔2024〕8号，2024年4月8日），安排预算时请酌情处理"
    for with_decisions in (True, False):
        panels = panels_of(view, with_decisions=with_decisions)
        lines = [line for panel in panels for line in panel.lines]
        assert (("问责决定", text) in lines) == with_decisions
