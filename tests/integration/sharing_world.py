"""Projects with targets and payments, as the other services tell of them, to be shared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from finding_county import DEPARTMENT, POLICE, YEAR, FindingCounty

from shared.events.envelope import Event
from shared.ids import new_id
from shared.testing.events import make_event

SAMPLES = Path(__file__).parents[2] / "shared" / "events" / "samples"
PROJECTS = [UUID(int=1000 + number) for number in range(5)]


def sample(event_type: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLES / f"{event_type}.json").read_text())["data"]
    return data


def tell(county: FindingCounty, event_type: str, data: dict[str, Any], **place: Any) -> None:
    event: Event = make_event(event_type, data, **place)
    county.apply(replace(event, subject=replace(event.subject, fiscal_year=YEAR)))


def add_project(county: FindingCounty, number: int) -> None:
    unit = str(county.units[DEPARTMENT if number < 4 else POLICE])
    facts = {"code": f"P{number}", "name": f"项目{number}", "unit_id": unit}
    project = PROJECTS[number]
    data = {**sample("target.project.registered.v1"), **facts}
    tell(county, "target.project.registered.v1", data, aggregate=project)
    add_target(county, number)
    row = {
        **sample("monitoring.payments.imported.v1")["projects"][0],
        "project_id": str(project),
        "unit_id": unit,
    }
    tell(county, "monitoring.payments.imported.v1", {"projects": [row]}, aggregate=new_id())


def add_target(county: FindingCounty, number: int, revision: int = 0) -> None:
    unit = str(county.units[DEPARTMENT if number < 4 else POLICE])
    data = sample("target.target.approved.v1") | {
        "project_id": str(PROJECTS[number]),
        "unit_id": unit,
        "revision": revision,
        "annual_goal": f"目标{number}第{revision}版",
    }
    place = {"aggregate": UUID(int=2000 + number), "version": 5 + revision}
    tell(county, "target.target.approved.v1", data, **place)
