"""The evaluation service on a database of its own in May 2024: units, projects, people who ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.eval_svc.consumers import HANDLERS
from services.eval_svc.module import MODULE
from shared.access.actor import Actor, Scope
from shared.db.migrate import upgrade
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Event, Subject
from shared.events.monitoring import REPORT_ACCEPTED
from shared.events.target import PROJECT_REGISTERED, TARGET_APPROVED
from shared.ids import new_id
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.events import make_event
from shared.testing.web import CSRF, REGION, KnownTokens, bearer, cookie
from shared.web.identity import install_identity

YEAR = 2023
API = "/evaluation/api/v1"
DEPARTMENT, SCHOOL, POLICE = "124", "124001", "105"
UNITS = (
    # code, name, department, lead office
    (DEPARTMENT, "县教育局", "", "education"),
    (SCHOOL, "城关第一小学", DEPARTMENT, "education"),
    (POLICE, "县公安局", "", "politics_law"),
)
PROJECTS = (
    # code, name, unit, amount, marks: 300,000 元 is the threshold, inclusive
    ("P001", "教学楼改造", SCHOOL, "500000.00", ()),
    ("P002", "课桌椅更新", SCHOOL, "299999.99", ()),
    ("P003", "巡逻车购置", POLICE, "300000.00", ()),
    ("P004", "办公设备采购", POLICE, "80000.00", ("gov_procurement",)),
)
INDICATORS = (
    # level1, level2, name, operator, value, unit, weight
    ("output", "quantity", "改造教室", "ge", "20", "间", "30"),
    ("output", "cost", "每间成本", "le", "25000", "元", "20"),
    ("benefit", "social_benefit", "管护机制", "qualitative", "健全", "", "30"),
    ("satisfaction", "service_satisfaction", "师生满意度", "ge", "90%", "", "10"),
)
GOOD = ("20", "24000", "已建立", "95%")


def blank_page() -> bytes:
    """Return a whole PDF of one empty page."""
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 4\n0000000000 65535 f \n" + table
    return body + head + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


PDF = blank_page()
MORNING = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)


@dataclass
class Person:
    """Somebody signed in, by cookie on pages and by token at the API."""

    actor: Actor
    app: Flask
    token: str

    def get(self, path: str) -> TestResponse:
        return self._client().get(f"/evaluation{path}", headers=cookie(self.token))

    def post(self, path: str, form: dict[str, Any] | None = None, **files: Any) -> TestResponse:
        data = {"csrf_token": CSRF, **(form or {}), **files}
        return self._client().post(f"/evaluation{path}", data=data, headers=cookie(self.token))

    def call(
        self, method: str, path: str, json: Any = None, *, version: int | None = None
    ) -> TestResponse:
        headers = bearer(self.token)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._client().open(API + path, method=method, json=json, headers=headers)

    def upload(self, content: bytes = PDF, name: str = "文件.pdf") -> str:
        data = {"file": (BytesIO(content), name)}
        answer = self._client().post(f"{API}/files", data=data, headers=bearer(self.token))
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return str(answer.get_json()["digest"])

    def _client(self) -> Any:
        return self.app.test_client(use_cookies=False)


@dataclass
class EvalCounty:
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
            HANDLERS[event.type](uow, self.clock, Actor.system(MODULE.name, REGION), event)

    def open(self) -> dict[str, Any]:
        """Open the campaign of the year."""
        perf = self.person("fin_perf")
        answer = perf.call("POST", "/campaigns", {"fiscal_year": YEAR})
        assert answer.status_code == 201, answer.get_data(as_text=True)
        opened: dict[str, Any] = answer.get_json()
        return opened

    def form(self, name: str) -> dict[str, Any]:
        """Return a self-evaluation as the API gives it."""
        perf = self.person("fin_perf")
        query = f"/self-evaluations?year={YEAR}&limit=200"
        items = perf.call("GET", query).get_json()["items"]
        (found,) = [each for each in items if each["name"] == name]
        one: dict[str, Any] = perf.call("GET", address(found)).get_json()
        return one

    def filled(self, who: Person, name: str, **changed: Any) -> dict[str, Any]:
        """Let `who` fill a project's form; return it."""
        form = self.form(name)
        body = draft(who, form, **changed)
        answer = who.call("PUT", address(form), body, version=form["version"])
        assert answer.status_code == 200, answer.get_data(as_text=True)
        saved: dict[str, Any] = answer.get_json()
        return saved

    def submitted(self, who: Person, name: str, **changed: Any) -> dict[str, Any]:
        """Let `who` fill and hand in a project's form; return it."""
        form = self.filled(who, name, **changed)
        answer = who.call("POST", f"{address(form)}/submission", SIGNED, version=form["version"])
        assert answer.status_code == 200, answer.get_data(as_text=True)
        sent: dict[str, Any] = answer.get_json()
        return sent

    def accepted(self, who: Person, office: Person, name: str, **changed: Any) -> dict[str, Any]:
        """Bring a department's own form to acceptance; return it."""
        form = received(office, self.submitted(who, name, **changed))
        return review(office, form, "approve_office")


SIGNED = {"commitment": True, "signer_name": "李校长"}


def address(form: dict[str, Any]) -> str:
    """Return a form's address at the API and, behind another prefix, among the pages."""
    return f"/self-evaluations/{form['fiscal_year']}/{form['self_evaluation_id']}"


def draft(who: Person, form: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a filled form of a project, everything reached unless `changed`."""
    actuals = changed.pop("actuals", GOOD)
    budget = form["known_budget"]
    fund = {"position": 0, "initial": budget, "budget": budget, "executed": budget}
    rows = [{"position": position, "actual": actual} for position, actual in enumerate(actuals)]
    rows[2] |= {"band": "reached", "chosen": "30"}
    digest = who.upload()
    return {
        "funds": [fund],
        "indicators": rows,
        "executed_note": "四季度集中支付。",
        "result": "改造教室二十间，全部投入使用。",
        "conclusion": "完成年度目标。",
        "problems": "无",
        "measures": "无",
        "project_owner": "赵主任",
        "finance_person": "钱会计",
        "files": [{"kind": "scan", "digest": digest}, {"kind": "report", "digest": digest}],
        **changed,
    }


def review(
    who: Person, form: dict[str, Any], act: str, *, status: int = 200, **more: Any
) -> dict[str, Any]:
    """Let `who` decide; return the form, or the refusal when one is expected."""
    body = {"act": act, **more}
    answer = who.call("POST", f"{address(form)}/reviews", body, version=form["version"])
    assert answer.status_code == status, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def received(office: Person, form: dict[str, Any]) -> dict[str, Any]:
    """Record the paper copy where one is required; return the form."""
    if not form["paper_required"]:
        return form
    body = {"print_code": form["print_code"]}
    answer = office.call("POST", f"{address(form)}/paper", body, version=form["version"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def open_county(engine: Engine, data_dir: Path) -> EvalCounty:
    """Return the service under yuechi-2023 on 6 May 2024, targets approved, no campaign yet."""
    clock = FrozenClock(MORNING)
    upgrade(engine, MODULE)
    database = Database(engine, MODULE.name, clock)
    resources = Resources(Settings(data_dir=data_dir), clock, database, menu=MODULE.menu)
    app = MODULE.create_app(resources)
    tokens = KnownTokens()
    install_identity(app, tokens)
    county = EvalCounty(app, database, clock, tokens)
    _settle(county)
    for code, *_ in PROJECTS:
        _tell_project(county, code)
    return county


def _tell_project(county: EvalCounty, code: str) -> None:
    _, name, unit, amount, flags = next(row for row in PROJECTS if row[0] == code)
    project, target = new_id(), new_id()
    facts = {
        "code": code,
        "name": name,
        "unit_id": str(county.units[unit]),
        "budget_book": "general",
        "project_class": "specific_goal",
        "nature": "continued",
        "flags": list(flags),
        "owner_name": "赵主任",
        "initial_amount": amount,
        "adjusted_amount": amount,
        "state": "active",
    }
    county.apply(make_event(PROJECT_REGISTERED, facts, aggregate=project))
    names = ("level1", "level2", "name", "operator", "value", "unit", "weight")
    approved = {
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
    }
    county.apply(make_event(TARGET_APPROVED, approved, aggregate=target))
    if code == "P001":
        county.apply(monitored(county, project, target, unit))


def monitored(county: EvalCounty, project: UUID, target: UUID, unit: str) -> Event:
    """Return the event of an accepted monitoring report."""
    data = {
        "target_id": str(target),
        "project_id": str(project),
        "unit_id": str(county.units[unit]),
        "as_of": "2023-09-30",
        "budget": "500000.00",
        "executed": "350000.00",
        "execution_rate": "70.00",
        "execution_light": "yellow",
        "achievement_light": "green",
        "light": "yellow",
        "pack_code": "yuechi-2023",
        "pack_version": "1",
    }
    return make_event(REPORT_ACCEPTED, data)


def _settle(county: EvalCounty) -> None:
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
