"""The target service on a database of its own: three units, their projects, people who ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fixtures import small_county
from fixtures.papers import SCAN
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL, SmallCounty, open_service
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.target_svc.module import MODULE
from services.target_svc.usecases.project_sheet import PROJECT_LAYOUT
from shared.sheets.writing import OutColumn, write_table

YEAR = 2024
PDF = SCAN
ROWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # level1, level2, name, operator, value, unit, weight
    ("output", "quantity", "改造教室", "ge", "20", "间", "20"),
    ("output", "quality", "验收合格率", "ge", "100", "%", "20"),
    ("output", "timeliness", "完工及时率", "ge", "95", "%", "10"),
    ("benefit", "social_benefit", "受益学生", "ge", "800", "人", "30"),
    ("satisfaction", "service_satisfaction", "师生满意度", "ge", "90", "%", "10"),
)


class Person(small_county.Person):
    """Somebody signed in; addresses of pages are whole, forms are typed as arguments."""

    def get(self, path: str) -> TestResponse:
        return super().get(path.removeprefix("/target"))

    def post(self, path: str, **form: Any) -> TestResponse:
        """Post a page's form; names are written with `__` for the dot."""
        typed = {name.replace("__", "."): value for name, value in form.items()}
        return super().post(path.removeprefix("/target"), typed)


@dataclass
class TargetCounty(SmallCounty):
    """The running service."""

    module = MODULE
    visitor = Person

    def import_projects(self, lines: Sequence[dict[str, str]], year: int = YEAR) -> None:
        answer = self.person("fin_budget").upload(f"/projects/{year}/imports", project_file(lines))
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def project_id(self, code: str, year: int = YEAR) -> str:
        path = f"/projects?fiscal_year={year}&q={code}"
        (found,) = self.person("fin_perf").call("GET", path).get_json()["items"]
        return str(found["project_id"])

    def draft(self, who: Person, code: str, year: int = YEAR) -> tuple[str, int]:
        """Let `who` open and fill a target without doubts; return its address and version."""
        made = who.call(
            "POST", "/targets", {"fiscal_year": year, "project_id": self.project_id(code, year)}
        )
        assert made.status_code == 201, made.get_data(as_text=True)
        path = f"/targets/{year}/{made.get_json()['target_id']}"
        saved = who.call("PUT", path, content(), version=made.get_json()["version"])
        assert saved.status_code == 200, saved.get_data(as_text=True)
        return path, saved.get_json()["version"]

    def submitted(self, who: Person, code: str, year: int = YEAR) -> tuple[str, int]:
        """Let `who` draft and submit a target; return its address and version."""
        path, version = self.draft(who, code, year)
        digest = who.uploaded(PDF)
        answer = who.call("POST", f"{path}/submission", signature(digest), version=version)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return path, answer.get_json()["version"]

    def passed(self, who: Person, code: str) -> tuple[str, int]:
        """Bring a target through office and 绩效中心; the unit is its own department."""
        path, version = self.submitted(who, code)
        steps = (
            (self.person("fin_office"), {"checks": {"authentic": True, "objective": True}}),
            (self.person("fin_perf"), {"grade": "good"}),
        )
        for reviewer, body in steps:
            answer = reviewer.call("POST", f"{path}/reviews", body, version=version)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            version = answer.get_json()["version"]
        return path, version


def open_county(engine: Engine, data_dir: Path, at: datetime) -> TargetCounty:
    """Return the service with its units, one project each, under yuechi-2023."""
    county = open_service(TargetCounty, engine, data_dir, at)
    county.import_projects(
        [
            line("P001", "教学楼改造", unit=DEPARTMENT, amount="500000.00"),
            line("P002", "课桌椅更新", unit=SCHOOL, amount="80000.00"),
            line("P003", "巡逻车购置", unit=POLICE, amount="240000.00"),
        ]
    )
    return county


def line(code: str, name: str, *, unit: str, amount: str, **changed: str) -> dict[str, str]:
    """Return a row of the budget platform's export, by column title."""
    return {
        "项目编码": code,
        "项目名称": name,
        "单位编码": unit,
        "预算账本": "一般公共预算",
        "项目类别": "特定目标类",
        "项目属性": "延续",
        "财政拨款": amount,
        "年初预算数": amount,
        **changed,
    }


def project_file(lines: Sequence[dict[str, str]]) -> bytes:
    """Return the export as an .xlsx file."""
    titles = [column.title for column in PROJECT_LAYOUT.columns]
    rows = [[row.get(title, "") for title in titles] for row in lines]
    return write_table([OutColumn(title) for title in titles], rows, "预算项目")


def content(**changed: Any) -> dict[str, Any]:
    """Return a draft that may be submitted and raises no doubt."""
    names = ("level1", "level2", "name", "operator", "value", "unit", "weight")
    return {
        "annual_goal": "改造教室二十间，改善办学条件。",
        "midterm_goal": "",
        "money_note": "二十间，每间两万五千元。",
        "indicators": [dict(zip(names, row, strict=True)) for row in ROWS],
        **changed,
    }


def signature(digest: str, **changed: Any) -> dict[str, Any]:
    """Return a signed submission."""
    return {
        "commitment": True,
        "signer_name": "李局长",
        "signature_kind": "signed_scan",
        "scan_digest": digest,
        **changed,
    }


def form_of(**changed: Any) -> dict[str, Any]:
    """Return the same draft as the page's form posts it."""
    typed: dict[str, Any] = {key: value for key, value in content().items() if key != "indicators"}
    for place, row in enumerate(content()["indicators"]):
        typed |= {f"indicators.{place}.{name}": value for name, value in row.items()}
    return typed | changed
