"""From a problem to the archive: notice, signature, plan, report, recheck, recognition, after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.simulation.evaluation_walk import PROBLEM
from tests.simulation.founding import YEAR, County
from tests.simulation.person import await_it
from tests.simulation.targets_walk import await_task
from tests.simulation.workbooks import SIGNED_SCAN

FINDINGS, NOTICES = "/oversight/api/v1/findings", "/oversight/api/v1/notices"
AUDIT_FINDING: dict[str, Any] = {
    "fiscal_year": YEAR,
    "unit_code": "101001",
    "source": "audit",
    "source_key": "SJ-2024-0017",
    "source_document": "《岳池县第一小学财务收支审计报告》（岳审报〔2024〕3号）",
    "title": "课后服务费未缴入财政专户",
    "description": "课后服务费18,600.00元存放在学校食堂账户。",
    "category": "fund_use",
    "amount": "18600.00",
    "money": {"turned_over": "18600.00"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, and who drives it until the unit has reported."""

    county: County
    path: str
    driver: str

    def read(self) -> dict[str, Any]:
        """Return the finding as its driver sees it."""
        return self.county.person(self.driver).api("GET", self.path)

    def act(self, login: str, name: str, body: Any, *, expect: int = 200) -> dict[str, Any]:
        """Let `login` do something to the version everybody sees."""
        person, version = self.county.person(login), self.read()["version"]
        return person.api("POST", f"{self.path}/{name}", body, version=version, expect=(expect,))

    def bring(self, login: str) -> str:
        """Upload a paper; return its digest."""
        person = self.county.person(login)
        digest: str = person.api("POST", f"{FINDINGS}/files", upload=SIGNED_SCAN)["digest"]
        return digest

    def notify(self, number: str, today: str) -> None:
        """Draft a notice, issue it with number and stamped scan, and have it signed for."""
        person, finding = self.county.person(self.driver), self.read()
        items = [{"finding_id": finding["finding_id"], "kind": "immediate", "demand": "立即整改。"}]
        draft = {"fiscal_year": YEAR, "items": items, "subject": f"关于{finding['title']}的通知"}
        notice = person.api("POST", NOTICES, draft)
        page = f"{NOTICES}/{YEAR}/{notice['notice_id']}"
        issue = {
            "document_number": number,
            "issued_on": today,
            "scan_digest": self.bring(self.driver),
        }
        issued = person.api("POST", f"{page}/issue", issue, version=notice["version"])
        signature = {"signer_name": "孙校长", "scan_digest": self.bring("unit")}
        unit = self.county.person("unit")
        unit.api("POST", f"{page}/signature", signature, version=issued["version"])

    def report(self, money: dict[str, str], note: str = "") -> dict[str, Any]:
        """Plan until the due date, and report it done with evidence."""
        measure = {"measure": "补办手续、清退资金。", "owner": "吴会计"}
        plan = {"measures": [{**measure, "due_on": self.read()["due_on"]}]}
        self.act("unit", "plan", plan)
        body = {
            "completion": "done",
            "narrative": "手续已补办，资金已清退。",
            "commitment": True,
            "signer_name": "孙校长",
            "money": money,
            "money_note": note,
        }
        self.act("unit", "report", body, expect=422)  # without evidence and scan
        papers = {"evidence": [self.bring("unit")], "scan_digest": self.bring("unit")}
        return self.act("unit", "report", {**body, **papers})


def walk_referred_problem(county: County, today: str) -> None:
    """The problem referred a moment ago goes the whole way; nobody judges their own work."""
    finding = Finding(county, _path_of_task(county, "office", PROBLEM["title"]), "office")
    found = finding.read()
    assert (found["source"], found["amount"]) == ("self_evaluation", PROBLEM["amount"])
    finding.notify("岳财整〔2024〕1号", today)
    money = {"returned_channel": PROBLEM["amount"]}
    finding.report(money, "按实际处理方式填报。")
    finding.act("office", "recheck", {"act": "verify"})
    recognised = finding.act("perf", "recognition", {"act": "recognise", "opinion": "同意销号。"})
    assert (recognised["state"], recognised["amount_rectified"]) == ("closed_out", "30000.00")
    proof = {"opinion": "现场核查属实。", "evidence": [finding.bring("perf")], "is_on_site": True}
    finding.act("perf", "look-back", {"verdict": "consolidated", **proof})
    finding.act("perf", "re-question", {"is_effective": True, **proof})
    assert finding.act("perf", "archive", {})["state"] == "archived"
    number = found["number"]
    await_task(county.person("perf"), f"归档：{number} {PROBLEM['title']}", gone=True)


def walk_audit_finding(county: County, today: str) -> None:
    """The audit office's system posts it, twice without doubling it, and alone may close it."""
    auditing = county.auditing
    assert auditing
    posted = [auditing.call("POST", FINDINGS, AUDIT_FINDING) for _ in range(2)]
    assert posted[0]["finding_id"] == posted[1]["finding_id"]
    finding = Finding(county, f"{FINDINGS}/{YEAR}/{posted[0]['finding_id']}", "auditor")
    finding.notify("岳审改〔2024〕2号", today)
    finding.report(AUDIT_FINDING["money"])
    finding.act("auditor", "recheck", {"act": "verify"})
    recognition = {"act": "recognise", "opinion": "款项已入库。"}
    refused = finding.act("perf", "recognition", recognition, expect=409)
    assert refused["code"] == "other_body"
    assert finding.read()["state"] == "verified"
    version = finding.read()["version"]
    closed = auditing.call("POST", f"{finding.path}/recognition", recognition, version=version)
    assert (closed["state"], closed["amount_rectified"]) == ("closed_out", "18600.00")


def _path_of_task(county: County, login: str, title: str) -> str:
    """Return the address of the finding whose task has come to the desk of `login`."""

    def found() -> str | None:
        listed = county.person(login).api("GET", "/oversight/api/v1/me/tasks")["items"]
        mine = next((each for each in listed if each["title"].endswith(title)), None)
        return f"{FINDINGS}/{mine['fiscal_year']}/{mine['subject_id']}" if mine else None

    return await_it(f"a task about {title}", found)
