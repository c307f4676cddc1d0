"""How an empty installation comes to have people, units, rules and projects."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.installation import Installation
from tests.simulation.person import Machine, Person, await_it, last_part
from tests.simulation.workbooks import Papers

REGION = "511621"
YEAR = 2023
PASSWORD = "Qiu-tian-2023"
TODAY = "2023-09-20"
OFFICE = ("jkw", "教科文股")
DEPARTMENT, SCHOOL = "101", "101001"


@dataclass(frozen=True, slots=True)
class Post:
    """Who holds which post where."""

    login: str
    name: str
    post: str
    role: str
    unit: str = ""
    office: str = ""


POSTS = (
    Post("perf", "郑绩效", "绩效中心审核岗", "fin_perf"),
    Post("budget", "冯预算", "预算股岗", "fin_budget"),
    Post("treasury", "陈国库", "国库股岗", "fin_treasury"),
    Post("office", "褚股室", "教科文股审核岗", "fin_office", office=OFFICE[0]),
    Post("dept", "卫主管", "教体局审核岗", "dept_operator", unit=DEPARTMENT),
    Post("auditor", "秦审计", "财政审计岗", "audit_officer"),
    Post("unit", "吴会计", "一小财务岗", "unit_operator", unit=SCHOOL),
)


@dataclass(slots=True)
class County:
    """The installation with everybody in it."""

    installation: Installation
    papers: Papers
    people: dict[str, Person] = field(default_factory=dict)
    machine: Machine | None = None
    auditing: Machine | None = None

    def person(self, login: str) -> Person:
        """Return who signs in as `login`; somebody new gets a browser."""
        return self.people.setdefault(login, Person(self.installation.origins, login))


def found(county: County) -> None:
    """Go from an empty database to a county with people, units, rules and projects."""
    _first_administrators(county)
    _offices_and_units(county)
    _people(county)
    county.machine = _machine(county, "预算管理一体化系统", "budget_platform")
    county.auditing = _machine(county, "审计业务系统", "audit_system")
    _policy(county)
    _projects(county)


def _first_administrators(county: County) -> None:
    printed = county.installation.command("admin", "create", "--region", REGION)
    for line in printed.splitlines():
        _, login, password = line.split("\t")
        county.person(login).begin(password, PASSWORD)


def _offices_and_units(county: County) -> None:
    admin = county.person("sysadmin")
    admin.form("/oversight/offices", {"code": OFFICE[0], "name": OFFICE[1], "phone": ""})
    preview = admin.form(
        "/oversight/units/import", {}, files={"file": county.papers.units}, expect=(200,)
    )
    chosen = {"digest": _hidden(preview.text, "digest")}
    admin.form("/oversight/units/import", chosen, to="/oversight/units/import/confirm")


def _people(county: County) -> None:
    admin, security = county.person("sysadmin"), county.person("secadmin")
    units = _unit_ids(security)
    for each in POSTS:
        told = admin.form(
            "/oversight/accounts/new", {"login": each.login, "name": each.name}, expect=(200,)
        )
        one_time = re.search(r"Wx-[a-z]{6}-\d{4}", told.text)
        assert one_time
        fields = {"name": each.post, "roles": each.role}
        fields |= {"unit_id": units[each.unit]} if each.unit else {}
        fields |= {"office": each.office} if each.office else {}
        post = last_part(security.form("/oversight/posts/new", fields).headers["Location"])
        page = f"/oversight/posts/{post}"
        account = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*{each.name}', security.page(page))
        assert account
        appointment = {"account_id": account[1], "started_on": TODAY, "basis": "岳财人〔2023〕1号"}
        security.form(page, appointment, to=f"{page}/assign")
        county.person(each.login).begin(one_time[0], PASSWORD)


def _unit_ids(person: Person) -> Mapping[str, str]:
    listed = person.api("GET", "/oversight/api/v1/units")["items"]
    return {each["code"]: each["id"] for each in listed}


def _machine(county: County, name: str, role: str) -> Machine:
    told = (
        county.person("secadmin")
        .form("/oversight/clients/new", {"name": name, "role": role}, expect=(200,))
        .text
    )
    client = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", told[told.index("客户端标识") :])
    secret = re.search(r"<textarea[^>]*>([^<]+)</textarea>", told)
    assert client
    assert secret
    return Machine(county.installation.origins, client[0], html.unescape(secret[1]))


def _policy(county: County) -> None:
    """An ambiguous phrase must be answered before the rules take effect."""
    perf, page = county.person("perf"), "/oversight/policies/yuechi-2023/activate"
    fields = {"fiscal_year": str(YEAR), "basis": "岳财绩〔2023〕8号"}
    refused = perf.form(page, fields, expect=(422,))
    assert "有多种理解" in refused.text
    answer = {"answer_monitoring_report_day": "fifth_workday_of_october"}
    perf.form(page, fields | answer)


def _projects(county: County) -> None:
    """A faulty list is refused whole, by row; the good one is taken."""
    budget, address = county.person("budget"), f"/target/api/v1/projects/{YEAR}/imports"

    def units_are_known() -> bool:
        tried = budget.api(
            "POST", f"{address}?dry_run=true", upload=county.papers.projects, expect=(200,)
        )
        return not tried["problems"]

    await_it("the units at the target service", units_are_known)
    refused = budget.api("POST", address, upload=county.papers.wrong_projects, expect=(422,))
    assert [problem["row"] for problem in refused["errors"]] == [2, 3]
    taken = budget.api("POST", address, upload=county.papers.projects)
    assert (taken["created"], taken["saved"]) == (2, True)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page[-3000:]
    return html.unescape(found[1])
