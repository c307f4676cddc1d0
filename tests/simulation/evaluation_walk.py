"""Spring of the next year: self-evaluation opened, filled, handed in, accepted, a problem told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.simulation.founding import PASSWORD, POSTS, YEAR, County
from tests.simulation.targets_walk import Target, await_task
from tests.simulation.workbooks import SIGNED_SCAN

SPRING = datetime(YEAR + 1, 3, 4, 1, 0, tzinfo=UTC)
FORMS = "/evaluation/api/v1/self-evaluations"
PROBLEM = {
    "title": "校舍维修设计变更未报批",
    "description": "自评发现屋面防水由两层改为一层，未办理变更审批。",
    "category": "fund_use",
    "amount": "30000.00",
    "basis": "《政府投资条例》第二十三条",
}


def come_back_in_spring(county: County) -> None:
    """Move the clock over the winter; whoever works then has to sign in again."""
    county.installation.move_clock(SPRING)
    for each in POSTS:
        county.person(each.login).sign_in_anew(PASSWORD)


class SelfEvaluation:
    """The school's self-evaluation of one project."""

    def __init__(self, county: County, target: Target) -> None:
        """Open the campaign, once its objects are known, and take the project's form."""
        self.county = county
        self.name = target.name
        perf = county.person("perf")
        opened = perf.api("POST", "/evaluation/api/v1/campaigns", {"fiscal_year": YEAR})
        assert (opened["added"], opened["existing"]) == (2, 0)
        listed = county.person("unit").api("GET", f"{FORMS}?year={YEAR}")["items"]
        (mine,) = listed
        assert (mine["name"], mine["scope_reason"]) == (target.name, "procurement")
        self.path = f"{FORMS}/{YEAR}/{mine['self_evaluation_id']}"

    def read(self) -> dict[str, Any]:
        """Return the form as the school sees it."""
        return self.county.person("unit").api("GET", self.path)

    def act(self, login: str, tail: str, body: Any, *, expect: int = 200) -> dict[str, Any]:
        """Let `login` do something to the version they see."""
        person, version = self.county.person(login), self.read()["version"]
        method = "POST" if tail else "PUT"
        return person.api(method, self.path + tail, body, version=version, expect=(expect,))

    def fill(self, *, executed: str) -> dict[str, Any]:
        """Fill what is not there yet: prefilled are money, goal and indicators."""
        form, unit = self.read(), self.county.person("unit")
        assert (form["known_executed"], form["known_as_of"]) == ("105000.00", f"{YEAR}-09-30")
        scan = unit.api("POST", "/evaluation/api/v1/files", upload=SIGNED_SCAN)["digest"]
        fund = {**form["funds"][0], "executed": executed}
        actuals = ("1150", "100", "96", "1600", "93")
        body = {
            "funds": [{name: fund[name] for name in ("position", "initial", "budget", "executed")}],
            "indicators": [
                {"position": row["position"], "actual": actual, "reason": "雨季停工半月。"}
                for row, actual in zip(form["indicators"], actuals, strict=True)
            ],
            "files": [{"kind": kind, "digest": scan} for kind in ("scan", "report")],
            "executed_note": "四季度支付剩余工程款。",
            "result": "维修基本完成。",
            "conclusion": "达到预期。",
            "problems": "完工略迟。",
            "measures": "提前招标。",
            "project_owner": "孙校长",
            "finance_person": "吴会计",
        }
        return self.act("unit", "", body)


def walk_self_evaluation(county: County, target: Target) -> None:
    """Refuse a figure ten thousand times too large, accept the right one, refer a problem."""
    form = SelfEvaluation(county, target)
    await_task(county.person("unit"), f"填报单位自评表：{form.name}")
    form.fill(executed="2400000000.00")
    signature = {"commitment": True, "signer_name": "孙校长"}
    refused = form.act("unit", "/submission", signature, expect=422)
    assert "wrong_unit" in str(refused["errors"])
    scored = form.fill(executed="250000.00")
    handed_in = form.act("unit", "/submission", signature)
    assert handed_in["total"] == scored["total"] != "100.00"
    form.act("dept", "/reviews", {"act": "approve_dept"})
    form.act("office", "/reviews", {"act": "approve_office"})
    assert form.act("perf", "/referrals", PROBLEM, expect=201)["problems_referred"] == 1
