"""The evaluation service on a database of its own in May 2024: units, projects, people who ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.papers import SCAN
from fixtures.small_county import (
    POLICE,
    SCHOOL,
    Person,
    SmallCounty,
    facts_of_project,
    facts_of_target,
    open_service,
)
from sqlalchemy import Engine

from services.eval_svc.module import MODULE
from shared.events.envelope import Event
from shared.events.monitoring import REPORT_ACCEPTED
from shared.events.target import PROJECT_REGISTERED, TARGET_APPROVED
from shared.ids import new_id
from shared.testing.events import make_event

YEAR = 2023
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


PDF = SCAN
MORNING = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)


@dataclass
class EvalCounty(SmallCounty):
    """The running service."""

    module = MODULE

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
    digest = who.uploaded(PDF)
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
    county = open_service(EvalCounty, engine, data_dir, MORNING)
    for code, name, unit, amount, flags in PROJECTS:
        _tell_project(county, (code, name, county.units[unit], amount), flags)
    return county


def _tell_project(
    county: EvalCounty, known: tuple[str, str, UUID, str], flags: tuple[str, ...]
) -> None:
    project, target = new_id(), new_id()
    facts = facts_of_project(*known) | {"flags": list(flags)}
    county.apply(make_event(PROJECT_REGISTERED, facts, aggregate=project))
    approved = facts_of_target(project, *known, INDICATORS)
    county.apply(make_event(TARGET_APPROVED, approved, aggregate=target))
    if known[0] == "P001":
        county.apply(monitored(project, target, known[2]))


def monitored(project: UUID, target: UUID, unit_id: UUID) -> Event:
    """Return the event of an accepted monitoring report."""
    data = {
        "target_id": str(target),
        "project_id": str(project),
        "unit_id": str(unit_id),
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
