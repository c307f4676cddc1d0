"""Accountability cases and rungs by API: the rules of the pages, versions, machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from escalation_world import EscalationWorld, open_world
from finding_county import DEPARTMENT, POLICE, YEAR, FindingCounty, Visitor
from sqlalchemy import Engine

from services.oversight_svc.domain.finding_states import FindingState
from shared.access.actor import Scope
from shared.testing.queries import count_queries
from shared.testing.web import REGION

CASES, RUNGS = "/accountability", "/escalations"
CASE_LIST, CASE_ONE, RUNG_LIST, RUNG_ONE = 1, 9, 1, 2
"""Queries of an answer, whatever the number of rows."""


@pytest.fixture
def world(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> EscalationWorld:
    return open_world(new_database(postgres_url), tmp_path)


def browse(world: EscalationWorld, role: str) -> Visitor:
    return world.county.browse(world.county.actor(role))


def proposal(county: FindingCounty, **changed: Any) -> dict[str, Any]:
    unit = str(county.units[DEPARTMENT])
    return {
        "fiscal_year": YEAR,
        "trigger": "other",
        "title": "项目资金长期闲置",
        "facts": "经查实，资金闲置超过一年。",
        "legal_basis": "《实施办法》第十条",
        "acted_on": "2024-01-15",
        "receiver": "government",
        "units": [unit],
        "others": [{"unit_id": unit, "name": "张局长", "title": "局长", "reason": "分管"}],
        "measures": ["interview"],
        "document_number": "岳财绩〔2024〕30号",
        "evidence": [county.upload(county.actor("fin_perf"))],
        **changed,
    }


def proposed(world: EscalationWorld, **changed: Any) -> dict[str, Any]:
    perf = browse(world, "fin_perf")
    answer = perf.call("POST", CASES, proposal(world.county, **changed))
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    case: dict[str, Any] = answer.get_json()
    return case


def one(case: dict[str, Any]) -> str:
    return f"{CASES}/{case['fiscal_year']}/{case['case_id']}"


def paths(answer: Any) -> set[str]:
    """Return the fields a problem document names."""
    return {each["path"] for each in answer.get_json()["errors"]}


def late(world: EscalationWorld) -> dict[str, Any]:
    """Let a finding climb; return the rung that asks finance to write a letter."""
    world.county.at(FindingState.RECTIFYING)
    world.on(date(2024, 7, 1))
    world.climb()
    page = browse(world, "fin_perf").call("GET", f"{RUNGS}?tab=waiting").get_json()
    rung: dict[str, Any] = next(each for each in page["items"] if each["role"] == "fin_perf")
    return rung


def test_a_case_goes_its_way_by_api(world: EscalationWorld) -> None:
    county = world.county
    perf, leader = browse(world, "fin_perf"), browse(world, "fin_leader_group")
    case = proposed(world)
    assert case["people"][0]["name"] == "张局长"
    own = perf.call("POST", f"{one(case)}/review", {"text": "同意"}, version=1)
    assert (own.status_code, own.get_json()["code"]) == (409, "accountability_own_proposal")
    reviewed = leader.call("POST", f"{one(case)}/review", {"text": "同意"}, version=1)
    assert (reviewed.get_json()["state"], reviewed.headers["ETag"]) == ("reviewed", '"2"')
    letter = {
        "document_number": "岳财绩〔2024〕31号",
        "dated_on": "2024-03-05",
        "scan_digest": county.upload(county.people["fin_perf"]),
    }
    stale = perf.call("POST", f"{one(case)}/submit", letter, version=1)
    assert stale.status_code == 412
    assert perf.call("POST", f"{one(case)}/submit", letter).status_code == 428
    sent = perf.call("POST", f"{one(case)}/submit", letter, version=2).get_json()
    assert (sent["state"], sent["sent_on"]) == ("submitted", "2024-03-05")
    assert [each["act"] for each in sent["papers"]] == ["review", "submit"]
    joined = {"body": "audit", "rights": "work", "basis": "联合机制"}
    assert perf.call("POST", f"{one(case)}/members", joined, version=3).status_code == 200
    auditor = browse(world, "audit_officer")
    task = {"body": "audit", "person": "罗审", "what": "核实结余", "due_on": "2024-03-29"}
    minutes = {
        "held_on": "2024-03-05",
        "attendees": "财政、审计",
        "text": "议定核实。",
        "tasks": [task],
    }
    kept = auditor.call("POST", f"{one(case)}/minutes", minutes, version=4).get_json()
    assert kept["tasks"][0]["what"] == "核实结余"
    place = f"{one(case)}/tasks/{kept['tasks'][0]['case_task_id']}/completion"
    assert perf.call("POST", place, {"note": "已办"}, version=5).status_code == 409
    done = auditor.call("POST", place, {"note": "结余已核实"}, version=5).get_json()
    assert done["tasks"][0]["done_note"] == "结余已核实"
    seen = auditor.call("GET", f"{CASES}?state=submitted&text=闲置").get_json()["items"]
    assert [each["number"] for each in seen] == [case["number"]]


def test_machines_read_what_their_office_may_and_change_nothing(world: EscalationWorld) -> None:
    case, machine = proposed(world), browse(world, "audit_system")
    assert machine.call("GET", CASES).get_json()["items"] == []
    assert machine.call("GET", one(case)).status_code == 404
    joined = {"body": "audit", "rights": "work", "basis": "联合机制"}
    perf = browse(world, "fin_perf")
    assert perf.call("POST", f"{one(case)}/members", joined, version=1).status_code == 200
    assert machine.call("GET", one(case)).get_json()["members"][0]["body"] in {"finance", "audit"}
    for place, body in ((CASES, proposal(world.county)), (f"{one(case)}/review", {"text": "x"})):
        assert machine.call("POST", place, body, version=1).status_code == 403
    rung = late(world)
    place = f"{RUNGS}/{rung['fiscal_year']}/{rung['escalation_id']}"
    assert machine.call("GET", place).get_json()["title"] == rung["title"]
    assert machine.call("POST", f"{place}/taking", {}, version=1).status_code == 403
    unit = browse(world, "unit_operator")
    assert unit.call("GET", CASES).status_code == unit.call("GET", RUNGS).status_code == 403


def test_rungs_are_taken_once_and_left_out_with_a_leader(world: EscalationWorld) -> None:
    rung, perf = late(world), browse(world, "fin_perf")
    place = f"{RUNGS}/{rung['fiscal_year']}/{rung['escalation_id']}"
    shown = perf.call("GET", place)
    assert shown.headers["ETag"] == f'"{rung["version"]}"'
    assert rung["rung"] in [each["rung"] for each in shown.get_json()["ladder"]]
    missing = perf.call("POST", f"{place}/skipping", {}, version=rung["version"])
    assert missing.status_code == 422
    assert paths(missing) == {"leader_name", "reason"}
    body = {"leader_name": "陈局长", "reason": "政府已同意延期"}
    assert perf.call("POST", f"{place}/skipping", body, version=99).status_code == 412
    assert perf.call("POST", f"{place}/skipping", body, version=0).status_code == 412
    skipped = perf.call("POST", f"{place}/skipping", body, version=rung["version"])
    assert skipped.get_json()["state"] == "skipped"
    again = perf.call("POST", f"{place}/taking", {"note": "x"}, version=rung["version"] + 1)
    assert (again.status_code, again.get_json()["code"]) == (409, "rung_settled")
    waiting = perf.call("GET", f"{RUNGS}?tab=waiting&role=fin_office").get_json()["items"]
    office = browse(world, "fin_office")
    call = next(each for each in waiting if each["way"] == "letter")
    place = f"{RUNGS}/{call['fiscal_year']}/{call['escalation_id']}/taking"
    auditor = browse(world, "audit_officer")
    foreign = auditor.call("POST", place, {"note": "x"}, version=call["version"])
    assert (foreign.status_code, foreign.get_json()["code"]) == (409, "other_role")
    letter = {
        "document_number": "岳财催〔2024〕1号",
        "document_on": "2024-07-01",
        "scan_digest": world.county.upload(world.county.people["fin_office"]),
        "note": "已送达",
    }
    taken = office.call("POST", place, letter, version=call["version"]).get_json()
    assert (taken["state"], taken["document_number"]) == ("taken", "岳财催〔2024〕1号")


def test_wrong_bodies_are_told_what_is_wrong(world: EscalationWorld) -> None:
    perf, good = browse(world, "fin_perf"), proposal(world.county)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"trigger": "whatever"}, "trigger"),
        ({"units": ["no uuid"]}, "units.0"),
        ({"measures": ["dismissal"]}, "measures"),
        ({"acted_on": "2024-13-01"}, "acted_on"),
        ({"others": []}, "people"),
        ({"findings": [{"fiscal_year": YEAR}]}, "findings.0.finding_id"),
        ({"nobody_knows": 1}, "nobody_knows"),
    ]
    for changed, path in wrong:
        answer = perf.call("POST", CASES, good | changed)
        assert answer.status_code == 422, changed
        assert answer.content_type.startswith("application/problem+json")
        assert path in paths(answer), changed
    assert perf.call("GET", CASES).get_json()["items"] == []


def test_what_is_out_of_reach_does_not_exist(world: EscalationWorld) -> None:
    case, rung = proposed(world), late(world)
    elsewhere = Scope(REGION, unit_paths=(f"{POLICE}/",))
    perf = world.county.browse(world.county.actor("fin_perf", name="镇所", scope=elsewhere))
    place = f"{RUNGS}/{rung['fiscal_year']}/{rung['escalation_id']}"
    for each in (one(case), place):
        assert perf.call("GET", each).status_code == 404
    assert perf.call("POST", f"{one(case)}/submit", {}, version=1).status_code == 404
    assert perf.call("POST", f"{place}/taking", {"note": "x"}, version=1).status_code == 404


def test_lists_page_and_cost_a_fixed_number_of_queries(world: EscalationWorld) -> None:
    perf = browse(world, "fin_perf")
    case, rung = proposed(world), late(world)

    def costs() -> tuple[int, ...]:
        found = []
        for place in (
            f"{CASES}?year={YEAR}&text=闲置",
            one(case),
            f"{RUNGS}?tab=all",
            f"{RUNGS}/{rung['fiscal_year']}/{rung['escalation_id']}",
        ):
            with count_queries(world.county.database.engine) as counted:
                assert perf.call("GET", place).status_code == 200
            found.append(len(counted))
        return tuple(found)

    few = costs()
    for _ in range(3):
        proposed(world)
    assert costs() == few
    assert few == (CASE_LIST, CASE_ONE, RUNG_LIST, RUNG_ONE)
    numbers, cursor = [], None
    while True:
        mark = f"&cursor={cursor}" if cursor else ""
        page = perf.call("GET", f"{CASES}?limit=3{mark}").get_json()
        numbers += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 4
