"""联合行动: bodies and departments work together without a case, tasks due in working days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from finding_county import DEPARTMENT, POLICE, YEAR, FindingCounty, Visitor, open_county
from sqlalchemy import Engine, select

from services.oversight_svc.store.joint_actions import ActionTaskRow, JointActionRow
from shared.access.actor import Scope
from shared.tasks.tables import TaskRow
from shared.testing.queries import count_queries
from shared.testing.web import REGION

LIST_QUERIES, ONE_QUERIES = 1, 7


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def started(county: FindingCounty, **changed: Any) -> str:
    perf = county.browse(county.actor("fin_perf"))
    form = {
        "fiscal_year": str(YEAR),
        "unit_id": str(county.units[DEPARTMENT]),
        "title": "教育专项资金联合检查",
        "purpose": "核对资金台账和项目进度。",
        "basis": "联席会议纪要〔2024〕1号",
        "starts_on": "2024-03-05",
        **changed,
    }
    answer = perf.post("/joint-actions/new", form)
    assert answer.status_code == 303, answer.text
    return str(answer.location).split("?")[0].removeprefix("/oversight")


def version(county: FindingCounty) -> int:
    with county.database.read() as session:
        return (
            session.scalars(
                select(JointActionRow.version).order_by(JointActionRow.action_id.desc())
            ).first()
            or 0
        )


def invited(county: FindingCounty, here: str, party: str, rights: str = "work") -> Any:
    form = {"party": party, "rights": rights, "basis": "邀请函", "version": version(county)}
    return county.browse(county.actor("fin_perf")).post(f"{here}/members", form)


def minuted(county: FindingCounty, here: str, visitor: Visitor, *tasks: dict[str, str]) -> Any:
    form: dict[str, Any] = {
        "held_on": "2024-03-05",
        "attendees": "财政、审计、教育局",
        "text": "议定联合检查。",
        "version": version(county),
    }
    for place, task in enumerate(tasks):
        form |= {f"tasks.{place}.{name}": value for name, value in task.items()}
    return visitor.post(f"{here}/minutes", form)


def task(county: FindingCounty, what: str) -> ActionTaskRow:
    with county.database.read() as session:
        return session.scalars(select(ActionTaskRow).where(ActionTaskRow.what == what)).one()


def department(county: FindingCounty, unit: str, name: str) -> Visitor:
    scope = Scope(REGION, unit_paths=(f"{unit}/",))
    return county.browse(county.actor("dept_operator", name=name, scope=scope))


def test_an_action_goes_from_the_start_to_its_result(county: FindingCounty) -> None:
    perf, auditor = (county.browse(county.actor(role)) for role in ("fin_perf", "audit_officer"))
    here = started(county)
    police = str(county.units[POLICE])
    assert auditor.get(here).status_code == 404
    assert invited(county, here, "audit").status_code == 303
    assert invited(county, here, police).status_code == 303
    assert auditor.get(here).status_code == 200
    operator = department(county, POLICE, "公安")
    assert "县公安局" in operator.get(here).text
    handed = minuted(
        county,
        here,
        auditor,
        {"party": police, "person": "刘科长", "what": "报送资金台账", "workdays": "5"},
        {"party": "finance", "person": "程立新", "what": "核对支付", "workdays": "3"},
    )
    assert handed.status_code == 303, handed.text
    ledger = task(county, "报送资金台账")
    assert ledger.due_on == date(2024, 3, 12)  # five working days after a Tuesday
    with county.database.read() as session:
        rows = session.scalars(select(TaskRow).where(TaskRow.subject_id == ledger.action_task_id))
        desk = rows.one()
    assert (desk.role, desk.unit_id, desk.due_on) == (
        "dept_operator", county.units[POLICE], ledger.due_on,
    )  # fmt: skip
    place = f"/joint-actions/tasks/{YEAR}/{ledger.action_task_id}"
    note = {"note": "已报送。"}
    refused = auditor.post(place, note | {"version": version(county)})
    assert refused.status_code == 422
    assert "不能办理这一步" in refused.text
    ending = {"result": "发现问题2个，已登记整改。"}
    early = perf.post(f"{here}/end", ending | {"version": version(county)})
    assert "还有2项任务没有完成" in early.text
    assert operator.post(place, note | {"version": version(county)}).status_code == 303
    own = f"/joint-actions/tasks/{YEAR}/{task(county, '核对支付').action_task_id}"
    assert perf.post(own, note | {"version": version(county)}).status_code == 303
    assert auditor.post(f"{here}/end", ending | {"version": version(county)}).status_code == 422
    assert perf.post(f"{here}/end", ending | {"version": version(county)}).status_code == 303
    page = operator.get(here).text
    for words in ("已结束", "发现问题2个", "已报送。", "完成联合行动任务"):
        assert words in page
    late = minuted(county, here, auditor)
    assert late.status_code == 422
    assert "联合行动已结束" in late.text


def test_who_reads_does_not_work_and_strangers_see_nothing(county: FindingCounty) -> None:
    here = started(county)
    invited(county, here, "organisation", "read")
    invited(county, here, str(county.units[POLICE]), "read")
    organisation = county.browse(county.actor("org_dept"))
    assert f"{here}/minutes" not in organisation.get(here).text
    assert "单位：县公安局" in organisation.get(here).text
    assert minuted(county, here, organisation).status_code == 422
    assert minuted(county, here, department(county, POLICE, "公安")).status_code == 422
    assert department(county, DEPARTMENT, "教育").get(here).status_code == 404
    assert "联合检查" not in department(county, DEPARTMENT, "教育").get("/joint-actions").text
    assert "联合检查" in organisation.get("/joint-actions").text
    assert county.browse(county.actor("unit_operator")).get("/joint-actions").status_code == 403
    elsewhere = Scope(REGION, unit_paths=(f"{POLICE}/",))
    far = county.browse(county.actor("fin_perf", name="他所", scope=elsewhere))
    assert far.get(here).status_code == 404


def test_gaps_and_old_versions_are_refused(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    here = started(county)
    assert perf.post("/joint-actions/new", {"title": "x"}).status_code == 422
    assert "牵头单位已是成员" in invited(county, here, "finance").text
    assert "单位名录中没有这个部门" in invited(county, here, "nobody").text
    stale = {"party": "audit", "rights": "work", "basis": "函", "version": 99}
    assert perf.post(f"{here}/members", stale).status_code in {412, 422}
    wrong = minuted(
        county, here, perf, {"party": "audit", "person": "a", "what": "b", "workdays": "0"}
    )
    assert wrong.status_code == 422
    for words in ("承担单位还没有参加本行动", "几个工作日内完成，1至250"):
        assert words in wrong.text
    assert "议定联合检查。" in wrong.text


def test_pages_cost_a_fixed_number_of_queries(county: FindingCounty) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    here = started(county)
    invited(county, here, "audit")

    def costs() -> tuple[int, ...]:
        found = []
        for path in ("/joint-actions?state=under_way", here):
            with count_queries(county.database.engine) as counted:
                assert auditor.get(path).status_code == 200
            found.append(len(counted))
        return tuple(found)

    few = costs()
    handed = {"party": "finance", "person": "程立新", "what": "核对", "workdays": "3"}
    for number in range(3):
        assert minuted(county, here, auditor, handed | {"what": f"核对{number}"}).status_code == 303
    assert costs() == few
    assert few == (LIST_QUERIES, ONE_QUERIES)
