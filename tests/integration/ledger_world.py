"""Findings by the row, as many and as odd as a test of the ledger needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from services.oversight_svc.module import MODULE
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from services.oversight_svc.store.people import OfficeRow
from services.registry import whole_menu
from shared.access.actor import Actor, Scope
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Subject
from shared.ids import new_id
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.web import CSRF, REGION, KnownTokens, cookie
from shared.web.identity import install_identity

TODAY = date(2023, 10, 10)
MORNING = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
EDUCATION, SCHOOL, POLICE, TOWN = "124", "124001", "105", "301"
UNITS = (
    # code, name, department, lead office
    (EDUCATION, "县教育局", "", "education"),
    (SCHOOL, "城关第一小学", EDUCATION, "education"),
    (POLICE, "县公安局", "", "politics_law"),
    (TOWN, "九龙镇政府", "", "agriculture"),
)
OFFICES = (("education", "教科文股"), ("politics_law", "行政政法股"), ("agriculture", "农业股"))
OFFICE_OF = {code: office for code, _name, _department, office in UNITS}


@dataclass
class LedgerPerson:
    """Somebody signed in, in a browser."""

    actor: Actor
    app: Flask
    token: str

    def get(self, path: str) -> TestResponse:
        answer: TestResponse = self._client().get(path, headers=cookie(self.token))
        return answer

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status, answer.text[-2000:])
        return answer.text

    def post(self, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        data = {"csrf_token": CSRF, **(form or {})}
        answer: TestResponse = self._client().post(path, data=data, headers=cookie(self.token))
        return answer

    def _client(self) -> Any:
        return self.app.test_client(use_cookies=False)


@dataclass
class LedgerWorld:
    """The oversight service with units and offices, its findings put there by the row."""

    app: Flask
    database: Database
    clock: FrozenClock
    tokens: KnownTokens
    units: dict[str, UUID] = field(default_factory=dict)
    count: int = 0

    def person(self, *roles: str, scope: Scope | None = None) -> LedgerPerson:
        actor = Actor(
            account_id=new_id(),
            name=f"{roles[0]}甲",
            post_id=new_id(),
            post_name="测试岗位",
            roles=frozenset(roles),
            scope=scope or Scope(REGION, whole_region=True),
            session_id=new_id(),
        )
        return LedgerPerson(actor, self.app, self.tokens.token_for(actor))

    def office(self, code: str) -> LedgerPerson:
        return self.person("fin_office", scope=Scope(REGION, offices=(code,)))

    def operator(self, unit: str) -> LedgerPerson:
        path = f"{EDUCATION}/{SCHOOL}/" if unit == SCHOOL else f"{unit}/"
        return self.person("unit_operator", scope=Scope(REGION, unit_paths=(path,)))

    def add(self, unit: str = EDUCATION, *assisting: str, **facts: Any) -> FindingRow:
        """Put a finding into the ledger; what is not said is ordinary."""
        self.count += 1
        finding = finding_row(self.count, self.units[unit], OFFICE_OF[unit], **facts)
        with self.database.begin() as uow:
            uow.session.add(finding)
            for code, duty in ((unit, "lead"), *((other, "assisting") for other in assisting)):
                uow.session.add(
                    FindingUnitRow(
                        region_code=REGION,
                        fiscal_year=finding.fiscal_year,
                        finding_id=finding.finding_id,
                        unit_id=self.units[code],
                        duty=duty,
                    )
                )
        return finding

    def reload(self, finding: FindingRow) -> FindingRow:
        with self.database.read() as session:
            found = session.get(FindingRow, (REGION, finding.fiscal_year, finding.finding_id))
        assert found is not None
        return found


def finding_row(number: int, unit_id: UUID, office: str, **facts: Any) -> FindingRow:
    """Return one finding being put right, changed by `facts`."""
    year = facts.get("fiscal_year", 2023)
    values: dict[str, Any] = {
        "region_code": REGION,
        "fiscal_year": year,
        "finding_id": new_id(),
        "version": 1,
        "work_year": 2023,
        "number": f"{year}-{number:04}",
        "state": "rectifying",
        "source": "finance_evaluation",
        "source_document": "重点评价报告",
        "source_key": f"key-{number}",
        "raised_by": "finance",
        "title": f"问题{number}",
        "description": "",
        "category": "performance",
        "basis": "",
        "demand": "",
        "kind": "immediate",
        "unit_id": unit_id,
        "lead_office": office,
        "responsible_person": "王主任",
        "project_id": None,
        "project_name": "",
        "amount": Decimal("120000.00"),
        "amount_rectified": Decimal("20000.00"),
        "progress": 30,
        "progress_note": "",
        "measures_summary": "完善制度",
        "evidence_count": 0,
        "due_on": date(2023, 10, 20),
        "first_due_on": facts.get("due_on", date(2023, 10, 20)),
        "buffer_on": facts.get("due_on", date(2023, 10, 20)),
        "provisional": False,
        "deadline_rule": "",
        "pack_code": "",
        "pack_version": "",
        "times_extended": 0,
        "times_returned": 0,
        "times_reopened": 0,
        "times_urged": 0,
        "is_repeated": False,
        "is_refused": False,
        "is_falsified": False,
        "is_partly_recognised": False,
        "assigned_to": None,
        "assigned_name": "",
        "registered_at": MORNING,
        "changed_at": MORNING,
        "rechecker_name": "",
        "closer_name": "",
    }
    return FindingRow(**{**values, **facts})


def key(finding: FindingRow) -> str:
    return f"{finding.fiscal_year}:{finding.finding_id}"


def count(world: LedgerWorld, table: Any) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def open_ledger(engine: Engine, data_dir: Path) -> LedgerWorld:
    """Return the service on an empty database with offices and units."""
    bring_to_head(engine, MODULE)
    clock = FrozenClock(MORNING)
    database = Database(engine, MODULE.name, clock)
    resources = Resources(
        Settings(data_dir=data_dir, region_name="岳池县"), clock, database, whole_menu()
    )
    app = MODULE.create_app(resources)
    tokens = KnownTokens()
    install_identity(app, tokens)
    world = LedgerWorld(app, database, clock, tokens)
    with database.begin() as uow:
        _settle(uow.session, world)
    return world


def _settle(session: Any, world: LedgerWorld) -> None:
    pack = find_pack("yuechi-2023")
    session.add(
        ActivePolicyRow(
            region_code=REGION,
            fiscal_year=0,
            code=pack.ref.code,
            version=pack.ref.version,
            digest=pack.digest,
            content=dict(pack.content),
            answers={question.id: question.readings[0][0] for question in pack.questions},
            activated_at=MORNING,
            activated_by="测试",
        )
    )
    for code, name in OFFICES:
        session.add(OfficeRow(region_code=REGION, code=code, name=name, phone="0826-5550000"))
    for code, name, department, office in UNITS:
        unit_id = world.units[code] = new_id()
        facts = {
            "code": code,
            "name": name,
            "parent_id": world.units[department] if department else None,
            "department_id": world.units[department or code],
            "is_department": not department,
            "path": f"{department}/{code}/" if department else f"{code}/",
            "kind": "department",
            "lead_office": office,
            "lead_office_name": dict(OFFICES)[office],
            "head_name": "",
            "contact": "李会计",
            "phone": "0826-5550101",
            "state": "active",
        }
        save_unit(session, Subject(unit_id, 1, REGION), facts)
