"""What came of last year's target is kept and seen beside this year's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Engine

from services.target_svc.console.review_view import panels_of
from services.target_svc.consumers import HANDLERS
from services.target_svc.module import MODULE
from services.target_svc.queries.target_view import PreviousYear, TargetView
from services.target_svc.store.evaluations import EvaluationResultRow
from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.events.envelope import Event
from shared.events.evaluation import SELF_EVALUATION_ACCEPTED
from shared.ids import new_id
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.events import REGION, make_event

TARGET, FORM = UUID(int=1), UUID(int=2)


@pytest.fixture
def database(postgres_url: str, new_database: Callable[[str], Engine]) -> Database:
    engine = new_database(postgres_url)
    bring_to_head(engine, MODULE)
    return Database(engine, MODULE.name, FrozenClock(datetime(2024, 5, 6, 1, 0, tzinfo=UTC)))


def result(version: int, total: str, **more: Any) -> Event:
    data = {
        "kind": "project",
        "target_id": str(TARGET),
        "project_id": str(new_id()),
        "unit_id": str(new_id()),
        "name": "教学楼改造",
        "total": total,
        "grade": "good",
        "budget": "500000.00",
        "executed": "400000.00",
        "execution_rate": "80.00",
        "quality_mark": "untrue",
        "pack_code": "yuechi-2023",
        "pack_version": "1",
    }
    return make_event(SELF_EVALUATION_ACCEPTED, data | more, aggregate=FORM, version=version)


def hear(database: Database, event: Event) -> None:
    with database.begin() as uow:
        HANDLERS[event.type](uow, database.clock, Actor.system(MODULE.name, REGION), event)


def kept(database: Database) -> EvaluationResultRow | None:
    with database.read() as session:
        return session.get(EvaluationResultRow, (REGION, 2023, TARGET))


def test_the_latest_result_is_kept_and_overall_forms_are_left_out(database: Database) -> None:
    hear(database, result(6, "92.50"))
    hear(database, result(7, "85.00"))
    hear(database, result(6, "92.50"))
    row = kept(database)
    assert row is not None
    assert (row.total, row.execution_rate, row.version) == (Decimal(85), Decimal(80), 7)
    whole = result(1, "70.00", kind="dept_overall", target_id=None, project_id=None)
    hear(database, replace(whole, subject=replace(whole.subject, id=new_id())))
    assert kept(database) is not None


def test_the_reviewer_sees_it_beside_last_years_target(database: Database) -> None:
    hear(database, result(6, "85.00"))
    target = SimpleNamespace(
        annual_goal="改造",
        state="active",
        grade="good",
        midterm_goal="",
        money_note="",
        cut_amount=None,
    )
    project = SimpleNamespace(fiscal_year=2023, initial_amount=Decimal(1), adjusted_amount=1)
    previous = PreviousYear(cast("Any", project), (), cast("Any", target), (), kept(database))
    view = TargetView(
        *(cast("Any", each) for each in (target, project, None, None, (), (), previous, ()))
    )
    lines = dict(panels_of(view)[-1].lines)
    assert lines["上年自评"] == "85 分（良），不实"
    assert lines["上年执行率"] == "80.00%"
