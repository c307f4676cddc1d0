"""From an empty form to an approved target: saved, refused, reviewed, returned, cut, approved."""

from __future__ import annotations

from typing import Any

from tests.simulation.founding import TODAY, YEAR, County
from tests.simulation.person import Person, await_it
from tests.simulation.workbooks import SIGNED_SCAN

ROWS = (
    ("output", "quantity", "维修校舍面积", "ge", "1200", "平方米", "20"),
    ("output", "quality", "验收合格率", "eq", "100", "%", "20"),
    ("output", "timeliness", "按期完工率", "ge", "95", "%", "10"),
    ("benefit", "social_benefit", "受益学生数", "ge", "1500", "人", "30"),
    ("satisfaction", "service_satisfaction", "师生满意度", "ge", "90", "%", "10"),
)
NAMES = ("level1", "level2", "name", "operator", "value", "unit", "weight")
CHECKS = {"authentic": True, "objective": True}


def project(county: County, code: str) -> dict[str, Any]:
    """Return a project as the school sees it."""
    listed = county.person("unit").api("GET", f"/target/api/v1/projects?fiscal_year={YEAR}")
    return next(each for each in listed["items"] if each["code"] == code)


def gate(county: County, code: str) -> tuple[str, str]:
    """Ask the gate as the budget platform does; return verdict and allowed amount."""
    assert county.machine
    reply = county.machine.call(
        "POST", "/target/api/v1/gate-questions", {"fiscal_year": YEAR, "project_code": code}
    )
    return reply["verdict"], reply["allowed_amount"]


def tasks(person: Person) -> list[str]:
    """Return the titles of what waits on somebody's desk."""
    return [each["title"] for each in person.api("GET", "/oversight/api/v1/me/tasks")["items"]]


def await_task(person: Person, title: str, *, gone: bool = False) -> None:
    """Wait until a task appears on the desk, or has left it."""
    await_it(
        f"desk of {person.login}: {title} {'gone' if gone else 'there'}",
        lambda: (title in tasks(person)) is not gone,
    )


class Target:
    """One target and its present version."""

    def __init__(self, county: County, code: str) -> None:
        """Open the target of project `code` as soon as the rules have arrived."""
        self.county = county
        self.code = code
        self.name: str = project(county, code)["name"]
        body = {"fiscal_year": YEAR, "project_id": project(county, code)["project_id"]}

        def opened() -> dict[str, Any] | None:
            got = county.person("unit").api(
                "POST", "/target/api/v1/targets", body, expect=(201, 503)
            )
            return got if "target_id" in got else None

        made = await_it("the rules at the target service", opened)
        self.path = f"/target/api/v1/targets/{YEAR}/{made['target_id']}"
        self.page = f"/target/targets/{YEAR}/{made['target_id']}"

    def read(self, login: str = "unit") -> dict[str, Any]:
        """Return the target as `login` sees it now."""
        return self.county.person(login).api("GET", self.path)

    def act(self, login: str, tail: str, body: Any, *, expect: int = 200) -> dict[str, Any]:
        """Let `login` do something to the version they see."""
        person = self.county.person(login)
        method = "POST" if tail else "PUT"
        version = self.read(login)["version"]
        return person.api(method, self.path + tail, body, version=version, expect=(expect,))

    def save(self, *, last_weight: str = "10") -> None:
        """Save the form."""
        rows = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
        rows[-1]["weight"] = last_weight
        goal = f"完成{self.name}，改善办学条件。"
        self.act("unit", "", {"annual_goal": goal, "indicators": rows})

    def submit(self, *, expect: int = 200) -> dict[str, Any]:
        """Submit with the scan the head signed."""
        scan = self.county.person("unit").api("POST", "/target/api/v1/files", upload=SIGNED_SCAN)
        body = {
            "commitment": True,
            "signer_name": "孙校长",
            "signature_kind": "signed_scan",
            "scan_digest": scan["digest"],
        }
        return self.act("unit", "/submission", body, expect=expect)

    def pass_to_centre(self) -> None:
        """Department and lead office pass it on."""
        self.act("dept", "/reviews", {"passing": True})
        await_task(self.county.person("office"), f"审核绩效目标：{self.name}")
        self.act("office", "/reviews", {"passing": True, "checks": CHECKS})

    def approve(self) -> None:
        """Table it, approve it with the budget, pass the approval down."""
        self.act("budget", "/advances", {"act": "table"})
        approval = {"document_number": "岳财预〔2023〕20号", "approved_on": TODAY}
        self.act("budget", "/approval", approval)
        self.act("dept", "/advances", {"act": "issue"})


def walk_first_target(target: Target) -> None:
    """The target that is refused, returned through the office, cut and approved."""
    county = target.county
    assert gate(county, target.code) == ("redo", "0.00")
    await_task(county.person("unit"), f"填报绩效目标：{target.name}")
    target.save(last_weight="8")
    refused = target.submit(expect=422)
    assert "88.00，应为 90" in str(refused["errors"])
    target.save()
    target.submit()
    await_task(county.person("unit"), f"填报绩效目标：{target.name}", gone=True)
    target.pass_to_centre()
    fair = {"grade": "fair", "opinion": "请补充维修面积的测算依据。"}
    assert target.act("perf", "/reviews", fair)["state"] == "awaiting_relay"
    await_task(county.person("office"), f"向单位转达退回意见：{target.name}")
    target.act("office", "/reviews", {"passing": False})
    await_task(county.person("unit"), f"修改后重新报送绩效目标：{target.name}")
    target.save()
    target.submit()
    target.pass_to_centre()
    target.act("perf", "/reviews", {"grade": "good", "cut_amount": "20000.00"})
    assert gate(county, target.code) == ("reduce", "260000.00")
    target.approve()


def prepare_second_target(target: Target) -> None:
    """The target whose approval is the event that will be parked: on the centre's desk."""
    target.save()
    target.submit()
    target.pass_to_centre()


def approve_second_target(target: Target) -> None:
    """It passes at once, and whole."""
    target.act("perf", "/reviews", {"grade": "excellent"})
    assert gate(target.county, target.code) == ("allow", "180000.00")
    target.approve()
