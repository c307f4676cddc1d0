"""The target service on a database of its own: three units, their projects, people who ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.papers import SCAN
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.target_svc.module import MODULE
from services.target_svc.usecases.project_sheet import PROJECT_LAYOUT
from shared.access.actor import Actor, Scope
from shared.db.migrate import upgrade
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Subject
from shared.ids import new_id
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.sheets.writing import OutColumn, write_table
from shared.testing.clock import FrozenClock
from shared.testing.web import CSRF, REGION, KnownTokens, bearer, cookie
from shared.web.identity import install_identity

YEAR = 2024
API = "/target/api/v1"
DEPARTMENT, SCHOOL, POLICE = "124", "124001", "105"
UNITS = (
    # code, name, department, lead office
    (DEPARTMENT, "县教育局", "", "education"),
    (SCHOOL, "城关第一小学", DEPARTMENT, "education"),
    (POLICE, "县公安局", "", "politics_law"),
)
PDF = SCAN
ROWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # level1, level2, name, operator, value, unit, weight
    ("output", "quantity", "改造教室", "ge", "20", "间", "20"),
    ("output", "quality", "验收合格率", "ge", "100", "%", "20"),
    ("output", "timeliness", "完工及时率", "ge", "95", "%", "10"),
    ("benefit", "social_benefit", "受益学生", "ge", "800", "人", "30"),
    ("satisfaction", "service_satisfaction", "师生满意度", "ge", "90", "%", "10"),
)


@dataclass
class Person:
    """Somebody signed in, by cookie on pages and by token at the API."""

    actor: Actor
    app: Flask
    token: str

    def get(self, path: str) -> TestResponse:
        return self.app.test_client(use_cookies=False).get(path, headers=cookie(self.token))

    def post(self, path: str, **form: Any) -> TestResponse:
        """Post a page's form; names are written with `__` for the dot."""
        data = {name.replace("__", "."): value for name, value in form.items()}
        return self.app.test_client(use_cookies=False).post(
            path, data={"csrf_token": CSRF, **data}, headers=cookie(self.token)
        )

    def call(
        self, method: str, path: str, json: Any = None, *, version: int | None = None
    ) -> TestResponse:
        headers = bearer(self.token)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.app.test_client(use_cookies=False).open(
            API + path, method=method, json=json, headers=headers
        )

    def upload(self, path: str, content: bytes, name: str = "文件.xlsx") -> TestResponse:
        return self.app.test_client(use_cookies=False).post(
            API + path, data={"file": (BytesIO(content), name)}, headers=bearer(self.token)
        )


@dataclass
class TargetCounty:
    """The running service."""

    app: Flask
    database: Database
    clock: FrozenClock
    tokens: KnownTokens
    units: dict[str, UUID] = field(default_factory=dict)

    def person(self, *roles: str, scope: Scope | None = None, unit: str = "") -> Person:
        actor = Actor(
            account_id=new_id(),
            name=f"{roles[0]}甲",
            post_id=new_id(),
            post_name="测试岗位",
            roles=frozenset(roles),
            scope=scope or Scope(REGION, whole_region=True),
            unit_id=self.units.get(unit),
            session_id=new_id(),
        )
        return Person(actor, self.app, self.tokens.token_for(actor))

    def operator(self, unit: str) -> Person:
        """The person who fills in a unit's forms; of a department also its reviewer."""
        path = f"{DEPARTMENT}/{SCHOOL}/" if unit == SCHOOL else f"{unit}/"
        roles = ("unit_operator",) if unit == SCHOOL else ("unit_operator", "dept_operator")
        return self.person(*roles, scope=Scope(REGION, unit_paths=(path,)), unit=unit)

    def office(self, code: str = "education") -> Person:
        return self.person("fin_office", scope=Scope(REGION, offices=(code,)))

    def put_policy(self, pack_code: str) -> None:
        """Put a locality's pack in force for this region, whatever its own region."""
        pack = find_pack(pack_code)
        with self.database.begin() as uow:
            for old in uow.session.query(ActivePolicyRow):
                uow.session.delete(old)
            uow.session.flush()
            uow.session.add(
                ActivePolicyRow(
                    region_code=REGION,
                    fiscal_year=0,
                    code=pack.ref.code,
                    version=pack.ref.version,
                    digest=pack.digest,
                    content=dict(pack.content),
                    answers={q.id: q.readings[0][0] for q in pack.questions},
                    activated_at=self.clock.now(),
                    activated_by="测试",
                )
            )

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
        digest = who.upload("/files", PDF, "签字.pdf").get_json()["digest"]
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
    clock = FrozenClock(at)
    upgrade(engine, MODULE)
    database = Database(engine, MODULE.name, clock)
    resources = Resources(Settings(data_dir=data_dir), clock, database, menu=MODULE.menu)
    app = MODULE.create_app(resources)
    tokens = KnownTokens()
    install_identity(app, tokens)
    county = TargetCounty(app, database, clock, tokens)
    _settle(county)
    county.put_policy("yuechi-2023")
    county.import_projects(
        [
            line("P001", "教学楼改造", unit=DEPARTMENT, amount="500000.00"),
            line("P002", "课桌椅更新", unit=SCHOOL, amount="80000.00"),
            line("P003", "巡逻车购置", unit=POLICE, amount="240000.00"),
        ]
    )
    return county


def _settle(county: TargetCounty) -> None:
    with county.database.begin() as uow:
        for code, name, department, office in UNITS:
            unit_id = county.units.setdefault(code, new_id())
            facts = {
                "code": code,
                "name": name,
                "parent_id": county.units[department] if department else None,
                "department_id": county.units[department or code],
                "is_department": not department,
                "path": f"{department}/{code}/" if department else f"{code}/",
                "kind": "basic",
                "lead_office": office,
                "lead_office_name": {"education": "教科文股"}.get(office, "行政政法股"),
                "head_name": "李局长",
                "contact": "王会计",
                "phone": "0826-5550101",
                "state": "active",
            }
            save_unit(uow.session, Subject(unit_id, 1, REGION), facts)


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
