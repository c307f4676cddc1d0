"""Accountability on pages: proposed from a finding, reviewed, sent, decided on paper, closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from finding_county import (
    DEPARTMENT,
    PDF,
    POLICE,
    SCHOOL,
    YEAR,
    FindingCounty,
    Visitor,
    open_county,
)
from sqlalchemy import Engine, select

from services.oversight_svc.console.accountability_forms import STEP_PAGES
from services.oversight_svc.domain.accountability import CASE_TRANSITIONS, AccountabilityState
from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.store.accountability import CasePersonRow, CaseRow, CaseTaskRow
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.change_unit_head import ChangeUnitHead, change_unit_head
from shared.access.actor import Actor
from shared.tasks.tables import TaskRow
from shared.testing.queries import count_queries

S = AccountabilityState
LIST_QUERIES, CASE_QUERIES = 4, 14
DEED = date(2024, 1, 15)
LETTER = {"document_number": "岳财绩〔2024〕31号", "dated_on": "2024-03-05", "text": "经研究。"}


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def refused_finding(county: FindingCounty) -> FindingRow:
    """Return a finding determined as refused; how it gets there is another test's matter."""
    finding = county.at(FindingState.RECTIFYING)
    with county.database.begin() as uow:
        row = uow.session.get(FindingRow, (finding.region_code, YEAR, finding.finding_id))
        assert row is not None
        row.is_refused = True
    return county.fresh(finding)


def person_of(county: FindingCounty, visitor: Visitor, unit: str = DEPARTMENT) -> str:
    """Return the first person the register names for the unit on the day of the deed."""
    page = visitor.get(f"/accountability/new?unit={county.units[unit]}&on={DEED}").text
    return re.findall(r'name="people"[^>]*value="([^"]+)"', page)[0]


def proposal(county: FindingCounty, visitor: Visitor, **changed: Any) -> dict[str, Any]:
    return {
        "fiscal_year": str(YEAR),
        "trigger": "other",
        "title": "项目资金长期闲置",
        "facts": "经查实，资金闲置超过一年。",
        "legal_basis": "《实施办法》第十条",
        "acted_on": DEED.isoformat(),
        "receiver": "government",
        "units": str(county.units[DEPARTMENT]),
        "people": person_of(county, visitor),
        "measures": "interview",
        "document_number": "岳财绩〔2024〕30号",
        "evidence": county.upload(county.people["fin_perf"]),
        **changed,
    }


def proposed(county: FindingCounty, **changed: Any) -> CaseRow:
    perf = county.browse(county.actor("fin_perf"))
    answer = perf.post("/accountability/new", proposal(county, perf, **changed))
    assert answer.status_code == 303, answer.text
    case_id = UUID(answer.location.split("?")[0].rsplit("/", 1)[-1])
    return fresh(county, case_id)


def fresh(county: FindingCounty, case_id: UUID) -> CaseRow:
    with county.database.read() as session:
        return session.scalars(select(CaseRow).where(CaseRow.case_id == case_id)).one()


def here(case: CaseRow) -> str:
    return f"/accountability/{case.fiscal_year}/{case.case_id}"


def step(
    county: FindingCounty, case: CaseRow, actor: Actor, page: str, act: str, **typed: Any
) -> CaseRow:
    """Take one step by its page and return the case; typed fields beside the usual letter."""
    form: Mapping[str, Any] = {
        "act": act,
        "version": fresh(county, case.case_id).version,
        "scan": county.upload(actor),
        **LETTER,
        **typed,
    }
    answer = county.browse(actor).post(f"{here(case)}/{page}", form)
    assert answer.status_code == 303, answer.text
    return fresh(county, case.case_id)


def decided(county: FindingCounty, case: CaseRow) -> CaseRow:
    leader, perf = county.actor("fin_leader_group"), county.actor("fin_perf")
    step(county, case, leader, "review", "review", scan="")
    step(county, case, perf, "send", "submit")
    step(county, case, perf, "answer", "accept")
    term = {"measures": ["interview", "circulated_criticism"], "term_on": "2024-04-05"}
    return step(county, case, county.actor("gov_approver"), "decision", "decide", **term)


def test_a_refusal_goes_from_the_finding_to_a_closed_case(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    plain, refused = county.at(FindingState.RECTIFYING), refused_finding(county)
    assert (
        "/oversight/accountability/new?finding="
        in perf.get(f"/findings/{YEAR}/{refused.finding_id}").text
    )
    keys = [f"{YEAR}:{each.finding_id}" for each in (plain, refused)]
    typed = proposal(county, perf, trigger="refusal", document_number="", evidence="")
    wrong = perf.post("/accountability/new", typed | {"findings": keys})
    assert wrong.status_code == 422
    assert f"{plain.number}尚未认定" in wrong.text
    assert "经查实，资金闲置超过一年。" in wrong.text
    case = proposed(county, trigger="refusal", document_number="", evidence="", findings=keys[1])
    own = perf.post(f"{here(case)}/review", {"act": "review", "version": 1, "text": "同意"})
    assert own.status_code == 422
    assert "由您本人提出" in own.text
    case = decided(county, case)
    assert (case.state, case.measures) == (S.DECIDED, ["interview", "circulated_criticism"])
    officer = county.actor("fin_perf")
    case = step(county, case, officer, "execution", "execute")
    case = step(county, case, officer, "appeal", "appeal", text="县教育局申请复核。")
    case = step(county, case, officer, "appeal-result", "uphold")
    case = step(county, case, officer, "closing", "close")
    page = perf.get(here(case)).text
    assert case.state == S.CLOSED
    for shown in ("已办结", "约谈、通报批评", "岳财绩〔2024〕31号", refused.number, "张局长"):
        assert shown in page
    assert perf.get("/accountability?state=closed").text.count(case.number) == 1
    assert "没有问责事项" in perf.get("/accountability?state=declined").text


def test_no_step_is_taken_without_its_document(county: FindingCounty) -> None:
    case = proposed(county)
    perf, leader = county.actor("fin_perf"), county.actor("fin_leader_group")
    colleague = county.actor("fin_perf", name="另一干部")
    bare = {"act": "review", "version": 1}
    refused = county.browse(colleague).post(f"{here(case)}/review", bare)
    assert refused.status_code == 422
    assert "请上传负责人签批的扫描件" in refused.text
    case = step(county, case, leader, "review", "review", scan="")
    case = step(county, case, perf, "send", "submit")
    case = step(county, case, perf, "answer", "accept")
    form = {"act": "decide", "version": case.version, "measures": "interview", "text": "约谈"}
    refused = county.browse(perf).post(f"{here(case)}/decision", form)
    assert refused.status_code == 422
    for message in ("以文件为准，请填写文号", "请填写文件或办理的日期", "盖章或签字扫描件"):
        assert message in refused.text
    assert fresh(county, case.case_id).state == S.ACCEPTED
    early = LETTER | {"dated_on": "2024-03-04", "scan": county.upload(perf)}
    refused = county.browse(perf).post(f"{here(case)}/decision", form | early)
    assert "不能早于上一步的日期" in refused.text
    stale = county.browse(perf).post(f"{here(case)}/decision", form | {"version": 1})
    assert "刚被他人修改过" in stale.text


def test_a_decision_is_closed_only_when_carried_out_or_lifted(county: FindingCounty) -> None:
    case = decided(county, proposed(county))
    perf = county.actor("fin_perf")
    case = step(county, case, perf, "appeal", "appeal")
    kept = step(county, case, perf, "appeal-result", "uphold")
    form = {"act": "close", "version": kept.version}
    refused = county.browse(perf).post(f"{here(case)}/closing", form)
    assert "还没有执行情况" in refused.text
    case = step(county, case, perf, "execution", "execute")
    case = step(county, case, perf, "appeal", "appeal")
    case = step(county, case, perf, "appeal-result", "change", measures=[])
    assert case.executed_on is None
    assert step(county, case, perf, "closing", "close").state == S.CLOSED


def test_who_answers_is_who_was_in_office_that_day(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    change = ChangeUnitHead(
        county.units[DEPARTMENT], "李新任", "局长", date(2024, 2, 1), "岳委干〔2024〕5号"
    )
    county.do(change_unit_head, county.actor("fin_perf"), change)
    unit = county.units[DEPARTMENT]
    before = perf.get(f"/responsibility?unit={unit}&on={DEED}").text
    after = perf.get(f"/responsibility?unit={unit}&on=2024-02-01").text
    first, _, rest = before.partition("历任负责人")
    assert "张局长" in first
    assert "李新任" not in first
    assert "已离任" in first
    assert "李新任" in rest
    assert "李新任" in after.partition("历任负责人")[0]
    assert "张局长" not in after.partition("历任负责人")[0]
    case = proposed(county, is_lifetime="true", project_name="城区供水一体化")
    with county.database.read() as session:
        person = session.scalars(select(CasePersonRow)).one()
    assert (person.name, person.ended_on) == ("张局长", date(2024, 1, 31))
    assert case.is_lifetime
    gone = proposal(county, perf, acted_on="2024-02-10", people=f"head:{UUID(int=5)}")
    assert "按名册重新选择" in perf.post("/accountability/new", gone).text
    assert case.number in perf.get(f"/responsibility?unit={unit}&on=2030-01-01").text


def test_a_case_is_seen_by_its_bodies_and_by_nobody_else(county: FindingCounty) -> None:
    case = proposed(county)
    others = ("audit_officer", "discipline_officer", "org_dept", "npc_viewer", "gov_approver")

    def seen_by(role: str) -> bool:
        visitor = county.browse(county.actor(role))
        listed = case.title in visitor.get("/accountability").text
        shown = visitor.get(here(case)).status_code
        assert shown == (200 if listed else 404), role
        return listed

    assert [role for role in others if seen_by(role)] == []
    assert seen_by("fin_leader_group")
    perf = county.browse(county.actor("fin_perf"))
    invite = {"body": "audit", "rights": "read", "basis": "联席会议纪要", "version": 1}
    assert perf.post(f"{here(case)}/members", invite | {"basis": ""}).status_code == 422
    assert perf.post(f"{here(case)}/members", invite).status_code == 303
    assert [role for role in others if seen_by(role)] == ["audit_officer"]
    decided(county, case)
    assert [role for role in others if seen_by(role)] == ["audit_officer", "gov_approver"]
    for role in ("unit_operator", "unit_head", "fin_office", "public"):
        assert county.browse(county.actor(role)).get(here(case)).status_code == 403


def test_members_keep_minutes_and_finish_their_own_tasks(county: FindingCounty) -> None:
    case = proposed(county)
    perf = county.browse(county.actor("fin_perf"))
    auditor = county.browse(county.actor("audit_officer"))
    task = {"tasks.0.body": "audit", "tasks.0.person": "韩静", "tasks.0.what": "核实资金去向",
            "tasks.0.due_on": "2024-03-20"}  # fmt: skip
    minutes = {"held_on": "2024-03-05", "attendees": "财政、审计", "text": "议定核实。",
               "version": 1, **task}  # fmt: skip
    refused = perf.post(f"{here(case)}/minutes", minutes)
    assert "还不是本事项的成员" in refused.text
    invite = {"body": "audit", "rights": "read", "basis": "联席会议纪要", "version": 1}
    perf.post(f"{here(case)}/members", invite)
    reads_only = auditor.post(f"{here(case)}/minutes", minutes | {"version": 2})
    assert "只能查看" in reads_only.text
    assert perf.post(f"{here(case)}/minutes", minutes | {"version": 2}).status_code == 303
    with county.database.read() as session:
        row = session.scalars(select(CaseTaskRow)).one()
        waiting = session.scalars(
            select(TaskRow).where(TaskRow.subject_id == row.case_task_id)
        ).one()
    assert (waiting.role, waiting.due_on) == ("audit_officer", date(2024, 3, 20))
    address = f"/accountability/tasks/{YEAR}/{row.case_task_id}"
    form = {"note": "已核实，资金在专户。", "version": 3}
    assert "只能查看" in perf.post(address, form).text
    assert auditor.post(address, form | {"note": ""}).status_code == 422
    assert auditor.post(address, form).status_code == 303
    assert "已核实，资金在专户。" in perf.get(here(case)).text
    with county.database.read() as session:
        done = session.get(TaskRow, (waiting.region_code, YEAR, waiting.task_id))
    assert done is not None
    assert done.outcome == "done"


def test_others_are_told_of_units_and_money_never_of_persons(county: FindingCounty) -> None:
    case = decided(county, proposed(county))
    perf = county.actor("fin_perf")
    case = step(county, case, perf, "appeal", "appeal")
    changed = {"measures": ["dismissal", "budget_deduction"]}
    step(county, case, perf, "appeal-result", "change", **changed)
    first, second = county.told("oversight.accountability.decided.v1")
    assert first.data["measures"] == ["interview", "circulated_criticism"]
    assert second.data["measures"] == ["budget_deduction"]
    assert second.data["unit_ids"] == [str(county.units[DEPARTMENT])]
    assert "张局长" not in f"{first.to_json()}{second.to_json()}"


def test_the_desk_of_who_is_next_shows_the_case(county: FindingCounty) -> None:
    case = proposed(county)

    def waiting() -> list[tuple[str, str]]:
        with county.database.read() as session:
            rows = session.scalars(
                select(TaskRow).where(
                    TaskRow.subject_id == case.case_id, TaskRow.closed_at.is_(None)
                )
            )
            return sorted((row.role, row.kind.rpartition(".")[2]) for row in rows)

    assert waiting() == [("fin_leader_group", "accountability_review")]
    decided(county, case)
    assert waiting() == [("fin_perf", "accountability_execute")]
    with county.database.read() as session:
        task = session.scalars(
            select(TaskRow).where(TaskRow.subject_id == case.case_id, TaskRow.closed_at.is_(None))
        ).one()
    assert task.due_on == date(2024, 4, 5)


def test_every_step_of_the_table_has_a_page() -> None:
    pages = {(page.permission, act) for page in STEP_PAGES for act in page.acts}
    assert pages == {(edge.permission, edge.act) for edge in CASE_TRANSITIONS}


def test_lists_page_by_keys_and_cost_a_fixed_number_of_queries(county: FindingCounty) -> None:
    first = decided(county, proposed(county))
    perf = county.browse(county.actor("fin_perf"))

    def costs() -> tuple[int, int]:
        with count_queries(county.database.engine) as listed:
            assert perf.get("/accountability?limit=20").status_code == 200
        with count_queries(county.database.engine) as shown:
            assert perf.get(here(first)).status_code == 200
        return len(listed), len(shown)

    few = costs()
    for number in range(21):
        proposed(county, title=f"第{number}项")
    assert costs() == few
    assert few[0] <= LIST_QUERIES
    assert few[1] <= CASE_QUERIES
    page = perf.get("/accountability?limit=20").text
    assert "第20项" in page
    assert first.title not in page
    following = re.search(r'href="(/oversight/accountability\?[^"]*cursor=[^"]+)"', page)
    assert following
    address = following[1].removeprefix("/oversight").replace("&amp;", "&")
    assert first.title in perf.get(address).text


def test_files_of_a_case_open_only_with_the_case(county: FindingCounty) -> None:
    case = proposed(county)
    digest = case.evidence[0]["digest"]
    perf, auditor = (county.browse(county.actor(role)) for role in ("fin_perf", "audit_officer"))
    assert perf.get(f"{here(case)}/files/{digest}/view").status_code == 200
    assert perf.get(f"{here(case)}/files/{'0' * 64}/view").status_code == 404
    assert auditor.get(f"{here(case)}/files/{digest}/view").status_code == 404


def test_units_out_of_reach_and_other_peoples_files_are_refused(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    typed = proposal(county, perf)
    strange = county.upload(county.actor("audit_officer"), PDF + b"% other\n")
    assert perf.post("/accountability/new", typed | {"evidence": strange}).status_code == 422
    nowhere = perf.post("/accountability/new", typed | {"units": str(UUID(int=3))})
    assert nowhere.status_code == 404
    both = [str(county.units[SCHOOL]), str(county.units[POLICE])]
    wrong = perf.post("/accountability/new", typed | {"units": both})
    assert wrong.status_code == 422
    assert perf.get("/accountability/new").status_code == 200
    asked = perf.get(f"/accountability/new?unit=&on={DEED + timedelta(1)}")
    assert "请选择责任单位" in asked.text
