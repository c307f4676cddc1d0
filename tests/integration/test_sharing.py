"""Sharing on a real database: request, grant, pull, package, receipt; ends work at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from finding_county import DEPARTMENT, YEAR, FindingCounty, Visitor, open_county
from sharing_world import PROJECTS, add_project, add_target
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.domain.sharing_states import ShareAct
from services.oversight_svc.store.sharing import ShareGrantRow, ShareRequestRow
from services.oversight_svc.store.sharing_records import SharedRecordRow, close_snapshot, write_lock
from services.oversight_svc.usecases.sharing_answer import (
    AnswerShare,
    GrantShare,
    answer_share,
    grant_share,
)
from services.oversight_svc.usecases.sharing_moving import ShareKey
from shared.sharing.verify_share import canonical, chain_start, chained, digest_of, verify_file
from shared.tasks.tables import TaskRow
from shared.terms.vocabulary import FindingSource, ShareEntry
from shared.testing.queries import count_queries
from shared.trail.tables import TrailRow

UNTIL = "2024-06-30"
TARGET_FIELDS = ["annual_goal", "approved_amount", "indicators", "revision"]


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    made = open_county(new_database(postgres_url), tmp_path)
    for number in range(5):
        add_project(made, number)
    return made


def _body(**changed: Any) -> dict[str, Any]:
    return {
        "entries": {"target": TARGET_FIELDS, "payment_summary": ["executed"]},
        "years": [YEAR],
        "purpose": "2023年度预算执行审计",
        "basis": "岳审通〔2024〕1号",
        "wanted_until": UNTIL,
        **changed,
    }


def _granted(county: FindingCounty, **changed: Any) -> ShareGrantRow:
    """The audit system asks, finance clears and grants what was asked."""
    system = county.browse(county.actor("audit_system"))
    answer = system.call("POST", "/sharing/requests", _body(**changed))
    assert answer.status_code == 201, answer.text
    perf = county.actor("fin_perf")
    key = ShareKey(2024, UUID(answer.json["request_id"]), 1)
    county_do(county, answer_share, perf, key, AnswerShare(ShareAct.CLEAR))
    with county.database.read() as session:
        row = session.get(ShareRequestRow, ("511621", 2024, key.request_id))
        assert row is not None
    scope = ShareScope.from_json(row.scope)
    command = GrantShare(scope, date.fromisoformat(UNTIL), "不得转交")
    return county_do(county, grant_share, perf, replace(key, version=2), command)


def county_do(county: FindingCounty, act: Any, actor: Any, *given: Any) -> Any:
    with county.database.begin() as uow:
        return act(uow, county.clock, actor, *given)


def _open(system: Visitor, grant: ShareGrantRow, **body: Any) -> str:
    answer = system.call("POST", f"/sharing/grants/{grant.grant_id}/deliveries", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["delivery_id"])


def _pull(system: Visitor, delivery: str, entry: str) -> tuple[list[dict[str, str]], str]:
    """Read an entry to its end as a client does: check each digest, reckon the chain."""
    records, chain, cursor = [], chain_start(entry), "1"
    while cursor:
        path = f"/sharing/deliveries/{delivery}/records?entry={entry}&cursor={cursor}"
        answer = system.call("GET", path)
        assert answer.status_code == 200, answer.text
        for item in answer.json["items"]:
            assert digest_of(canonical(item["record"])) == item["digest"]
            chain = chained(chain, item["digest"])
            records.append(item["record"])
        assert answer.json["chain"] == chain
        cursor = answer.json["next_cursor"]
    return records, chain


def _package(system: Visitor, delivery: str) -> bytes:
    with system.call("GET", f"/sharing/deliveries/{delivery}/package") as answer:
        return answer.data


def test_a_pull_and_its_package_have_the_same_digests_and_a_receipt(
    county: FindingCounty, tmp_path: Path
) -> None:
    grant = _granted(county)
    system = county.browse(county.actor("audit_system"))
    delivery = _open(system, grant, page_size=2)
    pulled = {entry: _pull(system, delivery, entry) for entry in ("target", "payment_summary")}
    assert [len(rows) for rows, _ in pulled.values()] == [5, 5]
    assert pulled["target"][0][0]["annual_goal"] == "目标0第0版"
    assert "grade" not in pulled["target"][0][0]
    package = tmp_path / "share.zip"
    package.write_bytes(_package(system, delivery))
    pem = system.call("GET", "/sharing/key").json["public_pem"]
    report = verify_file(package, [pem])
    assert report.is_intact, report.findings
    assert report.chains == {entry: chain for entry, (_, chain) in pulled.items()}
    assert _package(system, delivery) == package.read_bytes()

    wrong = {**report.chains, "target": chain_start("target")}
    refused = system.call("POST", f"/sharing/deliveries/{delivery}/receipt", {"digests": wrong})
    assert (refused.status_code, refused.json["code"]) == (409, "receipt_differs")
    receipt = system.call(
        "POST", f"/sharing/deliveries/{delivery}/receipt", {"digests": report.chains}
    )
    assert receipt.status_code == 200
    assert receipt.json["received_at"]
    with county.database.read() as session:
        told = session.scalars(
            select(TrailRow).where(TrailRow.act == "oversight.sharing.deliver")
        ).all()
    assert len(told) == 3 + 3 + 2 * 2
    assert {row.after["purpose"] for row in told if row.after} == {"2023年度预算执行审计"}


@pytest.mark.parametrize("entry", ["target", "payment_summary"])  # cut down, and as stored
def test_a_page_that_is_just_full_is_the_last(county: FindingCounty, entry: str) -> None:
    grant = _granted(county)
    system = county.browse(county.actor("audit_system"))
    delivery = _open(system, grant, page_size=5)
    page = system.call("GET", f"/sharing/deliveries/{delivery}/records?entry={entry}")
    assert (len(page.json["items"]), page.json["next_cursor"]) == (5, None)
    assert page.content_length == len(page.data)


def test_a_running_pull_sees_one_moment(county: FindingCounty) -> None:
    grant = _granted(county)
    system = county.browse(county.actor("audit_system"))
    delivery = _open(system, grant, page_size=2)
    first = system.call("GET", f"/sharing/deliveries/{delivery}/records?entry=target").json
    add_target(county, 4, revision=1)
    records, _ = _pull(system, delivery, "target")
    assert [row["annual_goal"] for row in records] == [f"目标{n}第0版" for n in range(5)]
    assert system.call(
        "GET", f"/sharing/deliveries/{delivery}/records?entry=target"
    ).json == first  # fmt: skip
    later, _ = _pull(system, _open(system, grant), "target")
    assert [row["annual_goal"] for row in later][-1] == "目标4第1版"
    evidence = _open(system, grant, project_id=str(PROJECTS[4]))
    versions, _ = _pull(system, evidence, "target")
    assert [row["revision"] for row in versions] == ["0", "1"]


def test_expiry_and_revocation_refuse_the_next_page(county: FindingCounty) -> None:
    grant = _granted(county)
    system = county.browse(county.actor("audit_system"))
    delivery = _open(system, grant, page_size=2)
    path = f"/sharing/deliveries/{delivery}/records?entry=target"
    first = system.call("GET", path)
    tag = {"If-None-Match": first.headers["ETag"]}
    same = system.client.get(
        f"/oversight/api/v1{path}", headers={"Authorization": f"Bearer {system.token}", **tag}
    )
    assert same.status_code == 304
    county.clock.advance(timedelta(days=200))
    late = system.call("GET", f"{path}&cursor=2")
    assert (late.status_code, late.json["code"]) == (409, "grant_ended")
    assert "到期" in late.json["detail"]
    county.clock.advance(timedelta(days=-200))
    assert system.call("GET", f"{path}&cursor=2").status_code == 200
    key = ShareKey(2024, grant.request_id, 3)
    revoke = AnswerShare(ShareAct.REVOKE, "审计已结束")
    county_do(county, answer_share, county.actor("fin_perf"), key, revoke)
    for gone in (f"{path}&cursor=3", path, f"/sharing/deliveries/{delivery}/package"):
        answer = system.call("GET", gone)
        assert (answer.status_code, answer.json["code"]) == (409, "grant_ended"), gone


def test_only_what_is_granted_in_turn_and_to_whom(county: FindingCounty) -> None:
    grant = _granted(county, project_codes=["P1"], entries={"target": TARGET_FIELDS})
    system = county.browse(county.actor("audit_system"))
    delivery = _open(system, grant)
    records, _ = _pull(system, delivery, "target")
    assert [row["project_code"] for row in records] == ["P1"]
    path = f"/sharing/deliveries/{delivery}/records"
    assert system.call("GET", f"{path}?entry=monitoring").json["code"] == "not_granted"
    assert system.call("GET", f"{path}?entry=target&cursor=3").json["code"] == "page_out_of_turn"
    assert system.call("GET", f"{path}?entry=target&cursor=2").status_code == 404
    other = {"project_id": str(PROJECTS[2])}
    refused = system.call("POST", f"/sharing/grants/{grant.grant_id}/deliveries", other)
    assert refused.json["code"] == "not_granted"
    for stranger in ("fin_perf", "discipline_officer"):
        visitor = county.browse(county.actor(stranger))
        assert visitor.call("GET", f"{path}?entry=target").status_code == 404, stranger
    assert county.browse(county.actor("fin_office")).call("GET", "/sharing/catalogue"
           ).status_code == 403  # fmt: skip


def test_requests_are_checked_and_answered_in_working_days(county: FindingCounty) -> None:
    system = county.browse(county.actor("audit_system"))
    odd = _body(entries={"target": ["secret"]}, purpose="查", project_codes=["P9"])
    refused = system.call("POST", "/sharing/requests", odd)
    assert {problem["path"] for problem in refused.json["errors"]} == {
        "target", "purpose", "project_codes",
    }  # fmt: skip
    made = system.call("POST", "/sharing/requests", _body(other_content="会议纪要"))
    assert (made.json["number"], made.json["due_on"]) == ("2024-0001", "2024-03-07")
    key = ShareKey(2024, UUID(made.json["request_id"]), 1)
    perf = county.actor("fin_perf")
    county_do(county, answer_share, perf, key, AnswerShare(ShareAct.CLEAR))
    here = f"/sharing/requests/2024/{key.request_id}"
    assert system.call("GET", here).json["due_on"] == "2024-03-19"  # ten working days
    with county.database.read() as session:
        tasks = session.scalars(select(TaskRow).order_by(TaskRow.task_id)).all()
    assert [(task.kind, task.role, task.outcome) for task in tasks] == [
        ("oversight.share_check", "fin_perf", "clear"),
        ("oversight.share_answer", "fin_perf", None),
    ]
    with count_queries(county.database.engine) as queries:
        system.call("GET", "/sharing/requests")
    assert len(queries) == 1, queries


def test_findings_become_records_and_only_audit_findings_the_audits(county: FindingCounty) -> None:
    county.registered()
    county.registered("audit_officer", source=FindingSource.AUDIT, title="虚列支出")
    with county.database.read() as session:
        rows = session.scalars(select(SharedRecordRow).where(
            SharedRecordRow.entry.in_([ShareEntry.RECTIFICATION, ShareEntry.AUDIT_FINDING])
        ).order_by(SharedRecordRow.position)).all()  # fmt: skip
    assert [row.entry for row in rows] == ["rectification", "rectification", "audit_finding"]
    content = json.loads(rows[0].content)
    assert (content["amount"], content["raised_by"]) == ("100000.00", "财政部门")
    assert rows[0].digest == digest_of(rows[0].content.encode())


def test_every_version_of_a_finding_is_kept_with_its_own_facts(county: FindingCounty) -> None:
    finding = county.at(FindingState.CLOSED_OUT)
    with county.database.read() as session:
        kept = session.scalars(
            select(SharedRecordRow)
            .where(SharedRecordRow.record_id == finding.finding_id)
            .order_by(SharedRecordRow.position)
        ).all()
    assert [row.record_version for row in kept] == list(range(1, finding.version + 1))
    states = [json.loads(row.content)["state"] for row in kept]
    assert states[0] == "已登记"
    assert states[-1] == "已销号"
    assert len(set(states)) > 4
    assert json.loads(kept[-1].content)["amount_rectified"] == "100000.00"


def test_the_pages_take_a_request_from_the_form_to_the_receipt(county: FindingCounty) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    perf = county.browse(county.actor("fin_perf"))
    odd = {"purpose": "查账", "project_codes": "P1、P9"}
    refused = auditor.post("/sharing/new", odd)
    assert refused.status_code == 422
    for message in (
        "请写明用途",
        "请至少选择一项",
        "没有编码为 P9 的项目",
        "查账",
        "请填写依据文书",
    ):
        assert message in refused.text
    typed = {
        "purpose": "2023年度预算执行审计", "basis": "岳审通〔2024〕1号", "wanted_until": UNTIL,
        "target": TARGET_FIELDS, "years": "2023", "project_codes": "P1",
    }  # fmt: skip
    here = auditor.post("/sharing/new", typed).location.split("?")[0].removeprefix("/oversight")
    assert auditor.post(f"{here}/answer", {"act": "clear", "version": "1"}).status_code == 422
    assert perf.post(f"{here}/answer", {"act": "clear", "version": "1"}).status_code == 303
    wide = {"target": [*TARGET_FIELDS, "grade"], "years": "2023", "expires_on": UNTIL}
    assert "授权不能超出申请" in perf.post(f"{here}/grant", {**wide, "version": "2"}).text
    given = {"target": TARGET_FIELDS, "years": "2023", "expires_on": UNTIL, "version": "2"}
    assert perf.post(f"{here}/grant", given).status_code == 303
    assert "生成数据包" not in perf.get(here).text
    assert auditor.post(f"{here}/deliveries", {"project_code": "P1"}).status_code == 303
    shown = auditor.get(here)
    assert "审计取证包：P1 项目1" in shown.text
    found = re.search(r"/deliveries/([0-9a-f-]{36})/package", shown.text)
    assert found
    assert (
        auditor.post(f"{here}/deliveries/{found[1]}/receipt", {"report": "无"}).status_code == 422
    )
    assert "尚无回执" in perf.get(here).text
    for path, most in (
        ("/sharing", 2), ("/sharing/catalogue", 1), ("/sharing/new", 1), (here, 5),
        (f"{here}/use", 5),
    ):  # fmt: skip
        with count_queries(county.database.engine) as queries:
            assert auditor.get(path).status_code == 200, path
        assert len(queries) == most, (path, queries)
    assert county.browse(county.actor("unit_operator")).get("/sharing").status_code == 403


def test_a_snapshot_waits_for_the_writers_under_way(county: FindingCounty) -> None:
    """Positions follow writing, not commit: a snapshot past a writer would gain a row later."""

    def snapshot() -> int:
        with county.database.begin() as uow:
            uow.session.execute(text("set local lock_timeout = '50ms'"))
            return close_snapshot(uow.session, "511621")

    before = snapshot()
    with county.database.begin() as writer, county.database.begin() as other:
        write_lock(writer.session, "511621")
        write_lock(other.session, "511621")  # writers do not wait for one another
        with pytest.raises(OperationalError):
            snapshot()
    assert snapshot() == before


def test_the_audit_plan_is_filed_once_and_finance_can_be_granted_it(county: FindingCounty) -> None:
    system = county.browse(county.actor("audit_system"))
    item = {
        "fiscal_year": YEAR,
        "source_key": "sj-2024-7",
        "unit_code": DEPARTMENT,
        "title": "教育专项",
    }
    answers = [
        system.call("POST", "/sharing/audit-plan", {"items": [each]}).json
        for each in (item, item, {**item, "title": "教育专项审计"})
    ]
    assert answers == [
        {"created": 1, "changed": 0, "unchanged": 0},
        {"created": 0, "changed": 0, "unchanged": 1},
        {"created": 0, "changed": 1, "unchanged": 0},
    ]
    with county.database.read() as session:
        rows = session.scalars(
            select(SharedRecordRow)
            .where(SharedRecordRow.entry == "audit_plan")
            .order_by(SharedRecordRow.position)
        ).all()
    assert [(row.record_version, row.superseded_by is None) for row in rows] == [
        (1, False),
        (2, True),
    ]
    wrong = system.call("POST", "/sharing/audit-plan", {"items": [{**item, "unit_code": "999"}]})
    assert wrong.json["errors"][0]["path"] == "items.0.unit_code"
    perf = county.browse(county.actor("fin_perf"))
    assert perf.call("POST", "/sharing/audit-plan", {"items": []}).status_code == 403
    asked = perf.call("POST", "/sharing/requests", _body(entries={"audit_plan": ["title"]}))
    assert asked.json["provider"] == "audit"
