"""The monitoring service on a database of its own: three units, their targets, people who ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.papers import SCAN
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.monitor_svc.consumers import HANDLERS
from services.monitor_svc.module import MODULE
from services.monitor_svc.usecases.import_payments import PAYMENT_LAYOUT
from shared.access.actor import Actor, Scope
from shared.db.migrate import upgrade
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Event, Subject
from shared.events.target import PROJECT_REGISTERED, TARGET_APPROVED
from shared.ids import new_id
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.sheets.writing import OutColumn, write_table
from shared.testing.clock import FrozenClock
from shared.testing.events import make_event
from shared.testing.web import CSRF, REGION, KnownTokens, bearer, cookie
from shared.web.identity import install_identity

YEAR = 2023
API = "/monitoring/api/v1"
DEPARTMENT, SCHOOL, POLICE = "124", "124001", "105"
UNITS = (
    # code, name, department, lead office
    (DEPARTMENT, "县教育局", "", "education"),
    (SCHOOL, "城关第一小学", DEPARTMENT, "education"),
    (POLICE, "县公安局", "", "politics_law"),
)
PROJECTS = (
    # code, name, unit, amount: paper is required from 300,000 元 on
    ("P001", "教学楼改造", DEPARTMENT, "500000.00"),
    ("P002", "课桌椅更新", SCHOOL, "80000.00"),
    ("P003", "巡逻车购置", POLICE, "240000.00"),
)
INDICATORS = (
    # level1, level2, name, operator, value, unit, weight
    ("output", "quantity", "改造教室", "ge", "20", "间", "40"),
    ("cost", "economic_cost", "每间成本", "le", "25000", "元", "30"),
    ("benefit", "social_benefit", "管护机制", "qualitative", "健全", "", "20"),
)
ON_PLAN = ("15", "25000", "on_track")
BEHIND = ("6", "25000", "partly")
PDF = SCAN
MORNING = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)


@dataclass
class Person:
    """Somebody signed in, by cookie on pages and by token at the API."""

    actor: Actor
    app: Flask
    token: str

    def get(self, path: str) -> TestResponse:
        return self._client().get(f"/monitoring{path}", headers=cookie(self.token))

    def post(self, path: str, form: dict[str, Any] | None = None, **files: Any) -> TestResponse:
        data = {"csrf_token": CSRF, **(form or {}), **files}
        return self._client().post(f"/monitoring{path}", data=data, headers=cookie(self.token))

    def call(
        self, method: str, path: str, json: Any = None, *, version: int | None = None
    ) -> TestResponse:
        headers = bearer(self.token)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._client().open(API + path, method=method, json=json, headers=headers)

    def upload(self, path: str, content: bytes, name: str = "文件.xlsx") -> TestResponse:
        data = {"file": (BytesIO(content), name)}
        return self._client().post(API + path, data=data, headers=bearer(self.token))

    def _client(self) -> Any:
        return self.app.test_client(use_cookies=False)


@dataclass
class MonitorCounty:
    """The running service."""

    app: Flask
    database: Database
    clock: FrozenClock
    tokens: KnownTokens
    units: dict[str, UUID] = field(default_factory=dict)

    def person(self, *roles: str, scope: Scope | None = None, name: str = "") -> Person:
        actor = Actor(
            account_id=new_id(),
            name=name or f"{roles[0]}甲",
            post_id=new_id(),
            post_name="测试岗位",
            roles=frozenset(roles),
            scope=scope or Scope(REGION, whole_region=True),
            session_id=new_id(),
        )
        return Person(actor, self.app, self.tokens.token_for(actor))

    def operator(self, unit: str) -> Person:
        """The person who fills in a unit's forms; of a department also its reviewer."""
        path = f"{DEPARTMENT}/{SCHOOL}/" if unit == SCHOOL else f"{unit}/"
        roles = ("unit_operator",) if unit == SCHOOL else ("unit_operator", "dept_operator")
        return self.person(*roles, scope=Scope(REGION, unit_paths=(path,)))

    def office(self, code: str = "education") -> Person:
        return self.person("fin_office", scope=Scope(REGION, offices=(code,)))

    def apply(self, event: Event) -> None:
        """Apply an event as the processor does."""
        with self.database.begin() as uow:
            actor = Actor.system(MODULE.name, REGION)
            HANDLERS[event.type](uow, self.clock, actor, event)

    def report(self, code: str) -> dict[str, Any]:
        """Return a project's report as the API gives it."""
        perf = self.person("fin_perf")
        (found,) = perf.call("GET", f"/reports?year={YEAR}&text={code}").get_json()["items"]
        one: dict[str, Any] = perf.call("GET", address(found)).get_json()
        return one

    def filled(
        self, who: Person, code: str, actuals: Sequence[str] = ON_PLAN, **changed: Any
    ) -> dict[str, Any]:
        """Let `who` fill a project's report; return it."""
        report = self.report(code)
        body = draft(actuals, **changed)
        answer = who.call("PUT", address(report), body, version=report["version"])
        assert answer.status_code == 200, answer.get_data(as_text=True)
        saved: dict[str, Any] = answer.get_json()
        return saved

    def submitted(
        self, who: Person, code: str, actuals: Sequence[str] = ON_PLAN, **changed: Any
    ) -> dict[str, Any]:
        """Let `who` fill and hand in a project's report; return it."""
        report = self.filled(who, code, actuals, **changed)
        answer = who.call(
            "POST", f"{address(report)}/submission", signature(who), version=report["version"]
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        sent: dict[str, Any] = answer.get_json()
        return sent

    def paid(self, rows: Sequence[Sequence[str]], *, dry_run: bool = False) -> TestResponse:
        """Import treasury payments."""
        query = f"?year={YEAR}&dry_run={'true' if dry_run else 'false'}"
        treasury = self.person("fin_treasury")
        return treasury.upload(f"/execution/imports{query}", payment_file(rows))


def address(report: dict[str, Any]) -> str:
    """Return a report's address at the API and, behind another prefix, among the pages."""
    return f"/reports/{report['fiscal_year']}/{report['report_id']}"


def draft(actuals: Sequence[str] = ON_PLAN, **changed: Any) -> dict[str, Any]:
    """Return a filled form, on plan unless `actuals` say otherwise."""
    return {
        "values": [
            {"position": position, "actual": actual} for position, actual in enumerate(actuals)
        ],
        "progress": "教室改造按计划推进。",
        "expected_year": "78000.00",
        "likelihood": "certain",
        **changed,
    }


CORRECTION = {
    "causes": ["funding"],
    "cause_note": "资金到位较晚。",
    "correction": "按周调度，十一月底前完成。",
    "correction_owner": "王股长",
    "correction_due_on": "2023-11-30",
}


def signature(who: Person) -> dict[str, Any]:
    """Let `who` upload a scan; return the signature that names it."""
    digest = who.upload("/files", PDF, "签字.pdf").get_json()["digest"]
    return {"commitment": True, "signer_name": "李校长", "scan_digest": digest}


def payment_file(rows: Sequence[Sequence[str]]) -> bytes:
    """Return treasury's list as an .xlsx: voucher, project, amount, day."""
    titles = [column.title for column in PAYMENT_LAYOUT.columns]
    return write_table(
        [OutColumn(title) for title in titles], [(*row, "收款单位") for row in rows], "支付明细"
    )


def target_event(county: MonitorCounty, code: str, project: UUID, **changed: Any) -> Event:
    """Return the event of an approved target."""
    _, name, unit, amount = next(row for row in PROJECTS if row[0] == code)
    names = ("level1", "level2", "name", "operator", "value", "unit", "weight")
    data = {
        "project_id": str(project),
        "project_code": code,
        "project_name": name,
        "unit_id": str(county.units[unit]),
        "budget_book": "general",
        "initial_amount": amount,
        "approved_amount": amount,
        "revision": 1,
        "annual_goal": "改造教室二十间。",
        "indicators": [
            {"position": position, **dict(zip(names, row, strict=True))}
            for position, row in enumerate(INDICATORS)
        ],
        "grade": "good",
        "document_number": "岳财预〔2023〕1号",
        "approved_on": "2023-01-10",
        "pack_code": "yuechi-2023",
        "pack_version": "1",
        **changed,
    }
    return make_event(TARGET_APPROVED, data)


def project_event(county: MonitorCounty, code: str, project: UUID) -> Event:
    """Return the event of a registered project."""
    _, name, unit, amount = next(row for row in PROJECTS if row[0] == code)
    data = {
        "code": code,
        "name": name,
        "unit_id": str(county.units[unit]),
        "budget_book": "general",
        "project_class": "specific",
        "nature": "continued",
        "flags": [],
        "owner_name": "赵主任",
        "initial_amount": amount,
        "adjusted_amount": str(Decimal(amount)),
        "state": "active",
    }
    return make_event(PROJECT_REGISTERED, data, aggregate=project)


def open_county(engine: Engine, data_dir: Path) -> MonitorCounty:
    """Return the service under yuechi-2023 on 10 October 2023, with an open report for each."""
    clock = FrozenClock(MORNING)
    upgrade(engine, MODULE)
    database = Database(engine, MODULE.name, clock)
    resources = Resources(Settings(data_dir=data_dir), clock, database, menu=MODULE.menu)
    app = MODULE.create_app(resources)
    tokens = KnownTokens()
    install_identity(app, tokens)
    county = MonitorCounty(app, database, clock, tokens)
    _settle(county)
    for code, *_ in PROJECTS:
        project = new_id()
        county.apply(project_event(county, code, project))
        county.apply(target_event(county, code, project))
    return county


def _settle(county: MonitorCounty) -> None:
    pack = find_pack("yuechi-2023")
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
        uow.session.add(
            ActivePolicyRow(
                region_code=REGION,
                fiscal_year=0,
                code=pack.ref.code,
                version=pack.ref.version,
                digest=pack.digest,
                content=dict(pack.content),
                answers={q.id: q.readings[0][0] for q in pack.questions},
                activated_at=county.clock.now(),
                activated_by="测试",
            )
        )


DUE_ON = date(2023, 10, 11)
"""The fifth working day of October 2023: the holiday week before it and two make-up days."""
