"""The budget gate over HTTP: the same build blocks in one place and reduces in another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.small_county import DEPARTMENT, POLICE
from sqlalchemy import Engine
from target_county import TargetCounty, line, open_county

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> TargetCounty:
    return open_county(new_database(postgres_url), tmp_path, NOW)


def ask(county: TargetCounty, code: str, **more: Any) -> dict[str, Any]:
    budget = county.person("budget_platform")
    body = {"fiscal_year": 2024, "project_code": code, **more}
    answer = budget.call("POST", "/gate-questions", body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    reply: dict[str, Any] = answer.get_json()
    return reply


def cut_in_joint_review(county: TargetCounty) -> None:
    """Let the joint review reject the police's target and cut 4 万元 off it."""
    path, version = county.submitted(county.operator(POLICE), "P003")
    office, perf = county.office("politics_law"), county.person("fin_perf")
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (office, "reviews", {"checks": {"authentic": True, "objective": True}}),
        (perf, "advances", {"act": "pick_joint"}),
        (perf, "reviews", {"grade": "poor", "opinion": "削减。", "cut_amount": "40000.00"}),
    ]
    for who, act, body in steps:
        answer = who.call("POST", f"{path}/{act}", body, version=version)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        version = answer.get_json()["version"]


def test_a_cut_reduces_in_yuechi_and_the_same_target_is_blocked_in_shilong(
    county: TargetCounty,
) -> None:
    cut_in_joint_review(county)
    reply = ask(county, "P003")
    assert (reply["verdict"], reply["mode"]) == ("reduce", "reduce")
    assert reply["allowed_amount"] == "200000.00"
    assert "YC23-2.4" in reply["reasons"][0]["requirements"]
    county.put_policy("shilong-2021")
    reply = ask(county, "P003")
    assert (reply["verdict"], reply["allowed_amount"]) == ("block", "0.00")
    assert "不得安排预算" in reply["reasons"][0]["clause"]
    assert (reply["pack_code"], reply["pack_version"]) == ("shilong-2021", "1")


def test_the_joint_list_says_the_same_with_the_clause_beside_each(county: TargetCounty) -> None:
    cut_in_joint_review(county)
    perf = county.person("fin_perf")
    page = perf.get("/target/joint-review?year=2024").get_data(as_text=True)
    assert "核减" in page
    assert "酌情削减项目经费" in page
    assert "4.00" in page  # 万元 cut
    county.put_policy("shilong-2021")
    page = perf.get("/target/joint-review?year=2024&verdict=block").get_data(as_text=True)
    assert page.count("不得安排预算。") == 3  # every project, none having passed
    assert "共 3 条" in page


def test_the_totals_of_the_joint_list_are_those_of_its_rows(county: TargetCounty) -> None:
    cut_in_joint_review(county)
    county.passed(county.operator(DEPARTMENT), "P001")
    page = county.person("fin_perf").get("/target/joint-review?year=2024").get_data(as_text=True)
    # 500000 passed + 240000 less 40000 cut; 80000 without target counts nothing
    assert 'data-yuan="820000.00"' in page
    assert 'data-yuan="700000.00"' in page


def test_looking_at_the_joint_list_asks_nothing(county: TargetCounty) -> None:
    budget = county.person("fin_budget")
    budget.get("/target/joint-review?year=2024")
    assert budget.call("GET", "/gate-questions?fiscal_year=2024").get_json()["items"] == []


def test_every_question_is_logged_with_its_answer(county: TargetCounty) -> None:
    ask(county, "P003", requested="100000.00")
    ask(county, "P001")
    viewer = county.person("fin_budget")
    items = viewer.call("GET", "/gate-questions?fiscal_year=2024").get_json()["items"]
    assert [each["project_code"] for each in items] == ["P001", "P003"]
    assert (items[1]["requested"], items[1]["verdict"]) == ("100000.00", "redo")
    assert "巡逻车购置" in viewer.get("/target/gate?year=2024").get_data(as_text=True)


def test_a_passed_target_is_allowed_what_was_asked_for(county: TargetCounty) -> None:
    county.passed(county.operator(POLICE), "P003")
    reply = ask(county, "P003", requested="230000.00")
    assert (reply["verdict"], reply["allowed_amount"]) == ("allow", "230000.00")


def test_a_new_major_project_needs_its_ex_ante_conclusion(county: TargetCounty) -> None:
    new = {"项目属性": "新增", "是否重大项目": "是"}
    county.import_projects([line("P004", "消防站", unit=POLICE, amount="900000.00", **new)])
    county.put_policy("shilong-2021")
    county.passed(county.operator(POLICE), "P004")
    reply = ask(county, "P004")
    assert (reply["verdict"], reply["reasons"][0]["code"]) == ("block", "ex_ante_missing")
    perf, page = county.person("fin_perf"), county.project_id("P004")
    form = {"conclusion": "support", "document": "评估报告"}
    saved = perf.post(f"/target/projects/2024/{page}/ex-ante", version="1", **form)
    assert saved.status_code == 303
    assert ask(county, "P004")["verdict"] == "allow"


def test_the_page_asks_like_the_api_and_keeps_a_wrong_code(county: TargetCounty) -> None:
    budget = county.person("fin_budget")
    answered = budget.post("/target/gate", fiscal_year="2024", project_code="P001", requested="")
    assert "须重新编制绩效目标" in answered.get_data(as_text=True)
    refused = budget.post("/target/gate", fiscal_year="2024", project_code="NONE", requested="x1")
    assert refused.status_code == 422
    assert 'value="NONE"' in refused.get_data(as_text=True)


def test_a_unit_may_not_ask_and_an_office_asks_only_about_its_own(county: TargetCounty) -> None:
    body = {"fiscal_year": 2024, "project_code": "P003"}
    assert county.operator(POLICE).call("POST", "/gate-questions", body).status_code == 403
    assert county.office("education").call("POST", "/gate-questions", body).status_code == 404
    assert county.office("politics_law").call("POST", "/gate-questions", body).status_code == 201
