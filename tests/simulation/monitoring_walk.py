"""From approval to the evaluation object: duty, payments, extension, causes, reviews."""

from __future__ import annotations

from typing import Any

from tests.simulation.founding import YEAR, County
from tests.simulation.person import await_it
from tests.simulation.targets_walk import Target, await_task
from tests.simulation.workbooks import SIGNED_SCAN

REPORTS = "/monitoring/api/v1/reports"
IMPORTS = f"/monitoring/api/v1/execution/imports?year={YEAR}"
DUE, EXTENDED = "2023-10-11", "2023-10-20"
"""The fifth working day of October 2023: the 7th and 8th, a weekend, were worked."""


def find_report(county: County, target: Target) -> dict[str, Any]:
    """Return the duty opened by a target's approval, once it is there."""

    def opened() -> dict[str, Any] | None:
        listed = county.person("unit").api("GET", f"{REPORTS}?year={YEAR}")["items"]
        return next((each for each in listed if each["project_code"] == target.code), None)

    return await_it(f"the monitoring duty of {target.name}", opened)


def import_payments(county: County) -> None:
    """Take the treasury's list in twice, then its correction: it reconciles, nothing doubles."""
    treasury = county.person("treasury")

    def projects_are_known() -> bool:
        tried = treasury.api("POST", f"{IMPORTS}&dry_run=true", upload=county.papers.payments)
        return not tried["problems"]

    await_it("the projects at the monitoring service", projects_are_known)
    files = (county.papers.payments, county.papers.payments, county.papers.corrected_payments)
    done = [treasury.api("POST", IMPORTS, upload=file) for file in files]
    counts = [(each["created"], each["changed"], each["unchanged"]) for each in done]
    assert counts == [(3, 0, 0), (0, 0, 3), (0, 1, 2)]


def extend(county: County, report: dict[str, Any]) -> None:
    """The centre moves the date on the basis of a document; the old one stays visible."""
    assert (report["due_on"], report["first_due_on"]) == (DUE, DUE)
    body = {
        "fiscal_year": YEAR,
        "unit_ids": [report["unit_id"]],
        "due_on": EXTENDED,
        "document_number": "岳财绩〔2023〕15号",
        "reason": "国庆假期后集中填报，学校人手不足。",
    }
    made = county.person("perf").api("POST", "/monitoring/api/v1/extensions", body)
    assert made == {"extended": 2}
    after = county.person("unit").api("GET", f"{REPORTS}/{YEAR}/{report['report_id']}")
    assert (after["due_on"], after["first_due_on"]) == (EXTENDED, DUE)


class Report:
    """One monitoring report on its way."""

    def __init__(self, county: County, found: dict[str, Any]) -> None:
        """Take over what the list told of it."""
        self.county = county
        self.name: str = found["project_name"]
        self.path = f"{REPORTS}/{YEAR}/{found['report_id']}"

    def act(self, login: str, tail: str, body: Any, *, expect: int = 200) -> dict[str, Any]:
        """Let `login` do something to the version they see."""
        person = self.county.person(login)
        version = person.api("GET", self.path)["version"]
        method = "POST" if tail else "PUT"
        return person.api(method, self.path + tail, body, version=version, expect=(expect,))

    def fill(self, **more: Any) -> dict[str, Any]:
        """Fill the form with figures that fall behind."""
        actuals = ("500", "100", "40", "900", "92")
        values = [
            {"position": position, "actual": actual, "expected_year": actual}
            for position, actual in enumerate(actuals, start=1)
        ]
        body = {"values": values, "progress": "主体维修完成四成。", "expected_year": "240000.00",
                "likelihood": "possible", **more}  # fmt: skip
        return self.act("unit", "", body)

    def submit(self, *, expect: int = 200) -> dict[str, Any]:
        """Hand it in with the scan the head signed."""
        person = self.county.person("unit")
        scan = person.api("POST", "/monitoring/api/v1/files", upload=SIGNED_SCAN)
        body = {"commitment": True, "signer_name": "孙校长", "scan_digest": scan["digest"]}
        return self.act("unit", "/submission", body, expect=expect)


def walk_report(county: County, found: dict[str, Any]) -> None:
    """Fill, be refused without causes, hand in, be returned once, and be accepted."""
    report = Report(county, found)
    unit = county.person("unit")
    await_task(unit, f"填报绩效运行监控表：{report.name}")
    lit = report.fill()
    assert (lit["executed"], lit["execution_light"]) == ("105000.00", "red")
    refused = report.submit(expect=422)
    assert {each["path"] for each in refused["errors"]} >= {"causes", "correction"}
    correction = {
        "causes": ["funding"],
        "cause_note": "财政资金拨付较晚，开工推迟两个月。",
        "correction": "十月底前完成剩余维修并结算。",
        "correction_owner": "孙校长",
        "correction_due_on": "2023-10-31",
    }
    report.fill(**correction)
    report.submit()
    await_task(unit, f"填报绩效运行监控表：{report.name}", gone=True)
    report.act("dept", "/reviews", {"act": "approve_dept"})
    opinion = {"act": "return_office", "opinion": "请说明四季度用款计划。"}
    report.act("office", "/reviews", opinion)
    await_task(unit, f"修改后重新报送监控表：{report.name}")
    report.fill(**correction)
    report.submit()
    report.act("dept", "/reviews", {"act": "approve_dept"})
    passing = {"act": "approve_office", "pay_advice": "slow"}
    report.act("office", "/reviews", passing)


def await_evaluation(county: County, target: Target, **expected: Any) -> None:
    """Wait until the evaluation object of a target says what is expected."""

    def told() -> bool:
        listed = county.person("perf").api("GET", f"/evaluation/api/v1/objects?fiscal_year={YEAR}")[
            "items"
        ]
        found: dict[str, Any] = next(
            (each for each in listed if each["project_code"] == target.code), {}
        )
        return all(found.get(name) == value for name, value in expected.items())

    await_it(f"the evaluation object of {target.name}: {expected}", told)
