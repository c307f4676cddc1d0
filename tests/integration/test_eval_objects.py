"""Evaluation objects: registered and completed by events alone, seen within the scope."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from services.eval_svc.module import MODULE
from services.eval_svc.usecases.register_object import ObjectUnknownError
from shared.access.actor import Scope
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Event, Subject
from shared.ids import new_id
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.queries import count_queries
from shared.testing.web import REGION, KnownTokens, actor_with, cookie
from shared.web.identity import install_identity

UNIT, OTHER, TARGET, PROJECT = (UUID(int=number) for number in range(1, 5))
APPROVED: dict[str, Any] = {
    "project_id": str(PROJECT),
    "project_code": "T2023001",
    "project_name": "农村公路养护",
    "unit_id": str(UNIT),
    "budget_book": "general",
    "initial_amount": "100000.00",
    "approved_amount": "123456.78",
    "revision": 1,
    "annual_goal": "养护里程100公里",
    "indicators": [],
    "grade": "good",
    "document_number": "岳财〔2023〕5号",
    "approved_on": "2023-02-01",
    "pack_code": "yuechi-2023",
    "pack_version": "1",
}
MONITORED = {
    "target_id": str(TARGET),
    "project_id": str(PROJECT),
    "unit_id": str(UNIT),
    "as_of": "2023-09-30",
    "budget": "123456.78",
    "executed": "61728.39",
    "execution_rate": "50.00",
    "execution_light": "red",
    "achievement_light": "green",
    "light": "red",
    "pack_code": "yuechi-2023",
    "pack_version": "1",
}


class Evaluation:
    def __init__(self, engine: Engine, clock: FrozenClock, data_dir: Path) -> None:
        bring_to_head(engine, MODULE)
        self.clock = clock
        self.database = Database(engine, MODULE.name, clock)
        resources = Resources(
            Settings(data_dir=data_dir), clock, self.database, is_migrated=lambda: True
        )
        self.app: Flask = MODULE.create_app(resources)
        self.tokens = KnownTokens()
        install_identity(self.app, self.tokens)
        for unit_id, code in ((UNIT, "219"), (OTHER, "220")):
            self.unit(unit_id, code)

    def unit(self, unit_id: UUID, code: str) -> None:
        facts = {
            "code": code,
            "name": f"单位{code}",
            "parent_id": None,
            "department_id": unit_id,
            "is_department": True,
            "path": f"{code}/",
            "kind": "department",
            "lead_office": None,
            "lead_office_name": "",
            "head_name": "",
            "contact": "",
            "phone": "",
            "state": "active",
        }
        with self.database.begin() as uow:
            save_unit(uow.session, Subject(unit_id, 1, REGION), facts)

    def hear(self, kind: str, subject: UUID, data: dict[str, Any], version: int = 1) -> None:
        told = Event(
            id=new_id(),
            type=kind,
            source="/target_svc",
            subject=Subject(subject, version, REGION, 2023),
            time=self.clock.now(),
            actor="",
            correlation_id="",
            causation_id="",
            traceparent="",
            data=json.loads(json.dumps(data)),
        )
        with self.database.begin() as uow:
            MODULE.handlers[kind](uow, self.clock, actor_with("system"), told)

    def get(self, path: str, unit_path: str = "219/") -> Any:
        actor = actor_with("unit_operator", scope=Scope(REGION, (unit_path,)))
        token = self.tokens.token_for(actor)
        return self.app.test_client(use_cookies=False).get(path, headers=cookie(token))


@pytest.fixture
def evaluation(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> Evaluation:
    made = Evaluation(new_database(postgres_url), frozen_clock, tmp_path)
    made.hear("target.target.approved.v1", TARGET, APPROVED)
    return made


def objects(evaluation: Evaluation, unit_path: str = "219/", query: str = "") -> list[Any]:
    answer = evaluation.get(f"/evaluation/api/v1/objects?fiscal_year=2023{query}", unit_path)
    items: list[Any] = answer.json["items"]
    return items


def test_an_approved_target_registers_its_project_once(evaluation: Evaluation) -> None:
    revised = {**APPROVED, "approved_amount": "100000.00", "revision": 2}
    evaluation.hear("target.target.approved.v1", TARGET, revised, version=2)
    (found,) = objects(evaluation)
    assert (found["approved_amount"], found["target_revision"]) == ("100000.00", 2)
    assert found["monitoring_light"] is None


def test_what_monitoring_found_is_kept_with_the_object(evaluation: Evaluation) -> None:
    evaluation.hear("monitoring.report.accepted.v1", new_id(), MONITORED)
    (found,) = objects(evaluation, query="&light=red")
    assert (found["executed"], found["execution_rate"]) == ("61728.39", "50.00")
    assert objects(evaluation, query="&light=none") == []
    page = evaluation.get(f"/evaluation/objects/2023/{TARGET}")
    assert "红灯" in page.text
    assert "并入监控结果" in page.text


def test_a_report_before_its_approval_waits(evaluation: Evaluation) -> None:
    unknown = {**MONITORED, "target_id": str(new_id())}
    with pytest.raises(ObjectUnknownError):
        evaluation.hear("monitoring.report.accepted.v1", new_id(), unknown)


def test_an_object_out_of_scope_is_not_there(evaluation: Evaluation) -> None:
    assert objects(evaluation, "220/") == []
    assert evaluation.get(f"/evaluation/objects/2023/{TARGET}", "220/").status_code == 404
    assert evaluation.get(f"/evaluation/objects/2023/{TARGET}").status_code == 200


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/evaluation/objects?year=2023", 1),
        (f"/evaluation/objects/2023/{TARGET}", 2),
        ("/evaluation/api/v1/objects?fiscal_year=2023", 1),
    ],
)
def test_the_number_of_queries_is_the_same_for_any_number_of_objects(
    evaluation: Evaluation, path: str, queries: int
) -> None:
    for number in range(5):
        data = {**APPROVED, "project_code": f"T20230{number}", "project_id": str(new_id())}
        evaluation.hear("target.target.approved.v1", new_id(), data)
    with count_queries(evaluation.database.engine) as sent:
        assert evaluation.get(path).status_code == 200
    assert len(sent) == queries, "\n".join(sent)


def test_an_empty_year_says_what_comes_next(evaluation: Evaluation) -> None:
    assert "绩效目标批复后会自动登记" in evaluation.get("/evaluation/objects?year=2024").text
