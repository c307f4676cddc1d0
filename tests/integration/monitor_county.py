"""The monitoring service on a database of its own: three units, their targets, people who ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.papers import SCAN
from fixtures.small_county import (
    DEPARTMENT,
    POLICE,
    SCHOOL,
    Person,
    SmallCounty,
    facts_of_project,
    facts_of_target,
    open_service,
)
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.monitor_svc.module import MODULE
from services.monitor_svc.usecases.import_payments import PAYMENT_LAYOUT
from shared.events.envelope import Event
from shared.events.target import PROJECT_REGISTERED, TARGET_APPROVED
from shared.ids import new_id
from shared.sheets.writing import OutColumn, write_table
from shared.testing.events import make_event

YEAR = 2023
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
class MonitorCounty(SmallCounty):
    """The running service."""

    module = MODULE

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
    return {"commitment": True, "signer_name": "李校长", "scan_digest": who.uploaded(PDF)}


def payment_file(rows: Sequence[Sequence[str]]) -> bytes:
    """Return treasury's list as an .xlsx: voucher, project, amount, day."""
    titles = [column.title for column in PAYMENT_LAYOUT.columns]
    return write_table(
        [OutColumn(title) for title in titles], [(*row, "收款单位") for row in rows], "支付明细"
    )


def target_event(county: MonitorCounty, code: str, project: UUID, **changed: Any) -> Event:
    """Return the event of an approved target."""
    facts = facts_of_target(project, *_known(county, code), INDICATORS)
    return make_event(TARGET_APPROVED, facts | changed)


def project_event(county: MonitorCounty, code: str, project: UUID) -> Event:
    """Return the event of a registered project."""
    facts = facts_of_project(*_known(county, code))
    return make_event(PROJECT_REGISTERED, facts, aggregate=project)


def _known(county: MonitorCounty, code: str) -> tuple[str, str, UUID, str]:
    _, name, unit, amount = next(row for row in PROJECTS if row[0] == code)
    return code, name, county.units[unit], amount


def open_county(engine: Engine, data_dir: Path) -> MonitorCounty:
    """Return the service under yuechi-2023 on 10 October 2023, with an open report for each."""
    county = open_service(MonitorCounty, engine, data_dir, MORNING)
    for code, *_ in PROJECTS:
        project = new_id()
        county.apply(project_event(county, code, project))
        county.apply(target_event(county, code, project))
    return county


DUE_ON = date(2023, 10, 11)
"""The fifth working day of October 2023: the holiday week before it and two make-up days."""
