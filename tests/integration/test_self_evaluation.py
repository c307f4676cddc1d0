"""Self-evaluation by API: scope, opening, filling, submission, reviews, recheck, referral."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eval_county import PDF, SIGNED, YEAR, EvalCounty, address, draft, open_county, received, review
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL
from sqlalchemy import Engine, select, update

from services.eval_svc.domain.states import (
    TRANSITIONS,
    SelfEvaluationState,
    TransitionRefusedError,
)
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.eval_svc.usecases.review_self_evaluation import (
    REVIEW_ACTS,
    ReviewSelfEvaluation,
    review_self_evaluation,
)
from shared.access.rights import load_rights
from shared.errors import ForbiddenError
from shared.events.evaluation import (
    PROBLEM_REFERRED,
    SELF_EVALUATION_ACCEPTED,
    TASK_CLOSED,
    TASK_OPENED,
)
from shared.tasks.tables import TaskRow
from shared.testing.events import expect_events


@pytest.fixture
def county(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> EvalCounty:
    return open_county(new_database(postgres_url), tmp_path)


@pytest.fixture
def opened(county: EvalCounty) -> EvalCounty:
    county.open()
    return county


def open_tasks(county: EvalCounty, form: dict[str, Any]) -> list[tuple[str, date | None]]:
    with county.database.read() as session:
        query = select(TaskRow.kind, TaskRow.due_on).where(
            TaskRow.closed_at.is_(None), TaskRow.subject_id == form["self_evaluation_id"]
        )
        return [(kind, due_on) for kind, due_on in session.execute(query)]


def paths(answer: Any) -> set[str]:
    return {each["path"] for each in answer.get_json()["errors"]}


def test_the_scope_names_every_object_and_why(county: EvalCounty) -> None:
    perf = county.person("fin_perf")
    scope = perf.call("GET", f"/campaigns/{YEAR}/scope").get_json()
    found = {each["name"]: each["reason"] for each in scope["items"]}
    assert found == {
        "县公安局部门整体支出": "dept_overall",
        "县教育局部门整体支出": "dept_overall",
        "教学楼改造": "threshold",
        "巡逻车购置": "threshold",
        "办公设备采购": "procurement",
    }
    assert scope["opened"] == 0
    whole = next(each for each in scope["items"] if each["name"].startswith("县教育局"))
    assert whole["amount"] == "799999.99"


def test_opening_again_adds_only_what_is_missing(county: EvalCounty) -> None:
    assert county.open() == {"added": 5, "existing": 0}
    assert county.open() == {"added": 0, "existing": 5}
    form = county.form("教学楼改造")
    assert (form["state"], form["due_on"], form["deadline_rule"]) == (
        "open",
        "2024-05-10",
        "self_evaluation_report",
    )
    assert open_tasks(county, form) == [("evaluation.fill", date(2024, 5, 10))]


def test_a_year_that_has_not_ended_is_not_opened(county: EvalCounty) -> None:
    perf = county.person("fin_perf")
    refused = perf.call("POST", "/campaigns", {"fiscal_year": 2024})
    assert refused.status_code == 422
    assert "尚未结束" in refused.get_json()["errors"][0]["message"]


def test_the_form_is_prefilled_from_target_and_monitoring(opened: EvalCounty) -> None:
    form = opened.form("教学楼改造")
    assert [row["name"] for row in form["indicators"]] == [
        "改造教室",
        "每间成本",
        "管护机制",
        "师生满意度",
    ]
    assert form["funds"][0] == {
        "position": 0,
        "source": "fiscal",
        "initial": "500000.00",
        "budget": "500000.00",
        "executed": "350000.00",
    }
    assert (form["annual_goal"], form["project_owner"]) == ("改造教室二十间。", "赵主任")
    assert (form["execution_score"], form["execution_rate"]) == ("7.00", "70.00")


def test_a_form_goes_from_open_to_published_by_api_alone(opened: EvalCounty) -> None:
    school, department, office = (
        opened.operator(SCHOOL),
        opened.operator(DEPARTMENT),
        opened.office(),
    )
    form = opened.submitted(school, "教学楼改造")
    assert (form["state"], form["total"], form["grade"]) == ("dept_review", "100.00", "excellent")
    assert open_tasks(opened, form)[0] == ("evaluation.review_dept", date(2024, 5, 11))
    form = review(department, form, "approve_dept")
    form = received(office, form)
    with expect_events(opened.database, TASK_CLOSED, TASK_OPENED, SELF_EVALUATION_ACCEPTED) as told:
        form = review(office, form, "approve_office")
    assert (told[2].data["total"], told[2].data["quality_mark"]) == ("100.00", "unchecked")
    assert form["state"] == "accepted"
    assert open_tasks(opened, form) == [("evaluation.publish", date(2024, 6, 30))]
    body = {"url": "https://www.example.gov.cn/zp/1.html", "published_on": "2024-05-06"}
    answer = school.call("POST", f"{address(form)}/publication", body, version=form["version"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert (answer.get_json()["state"], open_tasks(opened, form)) == ("published", [])


def test_everything_missing_is_told_at_once(opened: EvalCounty) -> None:
    school, form = opened.operator(SCHOOL), opened.form("教学楼改造")
    kept = school.call("PUT", address(form), {}, version=form["version"]).get_json()
    body = {"commitment": False}
    refused = school.call("POST", f"{address(form)}/submission", body, version=kept["version"])
    assert refused.status_code == 422
    assert {
        "indicators.0.actual",
        "indicators.2.actual",
        "result",
        "conclusion",
        "finance_person",
        "commitment",
        "signer_name",
        "scan",
        "report",
    } <= paths(refused)


def test_scores_are_computed_never_typed(opened: EvalCounty) -> None:
    school = opened.operator(SCHOOL)
    form = opened.filled(school, "教学楼改造", actuals=("10", "37500", "在建", "45%"))
    assert [row["score"] for row in form["indicators"]] == ["15.00", "10.00", "30.00", "5.00"]
    assert (form["total"], form["grade"]) == ("70.00", "fair")
    body = {"indicators": [{"position": 0, "actual": "20", "score": "30"}]}
    refused = school.call("PUT", address(form), body, version=form["version"])
    assert refused.status_code == 422
    refused = school.call("POST", f"{address(form)}/submission", SIGNED, version=form["version"])
    wanted = {"indicators.0.reason", "indicators.1.reason", "indicators.3.reason"}
    assert paths(refused) == wanted


def test_the_approved_indicators_cannot_be_changed(opened: EvalCounty) -> None:
    school, form = opened.operator(SCHOOL), opened.form("教学楼改造")
    rows = [{"position": 0, "actual": "1", "name": "改名", "points": "90", "target_value": "1"}]
    body = {"indicators": rows}
    saved = school.call("PUT", address(form), body, version=form["version"]).get_json()
    assert (saved["indicators"][0]["name"], saved["indicators"][0]["points"]) == (
        "改造教室",
        "30.00",
    )
    assert len(saved["indicators"]) == 4


def test_late_is_accepted_and_marked(opened: EvalCounty) -> None:
    opened.clock.move_to(datetime(2024, 5, 13, 1, 0, tzinfo=UTC))
    form = opened.submitted(opened.operator(POLICE), "巡逻车购置")
    assert (form["is_late"], form["state"]) == (True, "fin_office_review")


def test_a_return_reaches_the_unit_and_a_new_code_is_given(opened: EvalCounty) -> None:
    police, office = opened.operator(POLICE), opened.office("politics_law")
    form = opened.submitted(police, "巡逻车购置")
    first = form["print_code"]
    refused = review(office, form, "return_office", status=422)
    assert refused["errors"][0]["path"] == "opinion"
    form = review(office, form, "return_office", opinion="请补充佐证。")
    assert (form["state"], form["times_returned"], form["return_reason"]) == (
        "draft",
        1,
        "请补充佐证。",
    )
    assert open_tasks(opened, form)[0][0] == "evaluation.revise"
    form = opened.submitted(police, "巡逻车购置")
    assert form["print_code"] != first
    body = {"print_code": first}
    old = office.call("POST", f"{address(form)}/paper", body, version=form["version"])
    assert (old.status_code, old.get_json()["code"]) == (409, "old_paper")


def test_nobody_reviews_what_he_submitted_and_paper_comes_first(opened: EvalCounty) -> None:
    both = opened.person("unit_operator", "fin_office")
    form = opened.submitted(both, "巡逻车购置")
    assert review(both, form, "approve_office", status=409)["code"] == "self_review"
    office = opened.office("politics_law")
    assert review(office, form, "approve_office", status=409)["code"] == "paper_missing"
    assert review(office, received(office, form), "approve_office")["state"] == "accepted"


def test_a_recheck_confirms_corrects_or_orders_again(opened: EvalCounty) -> None:
    police, office = opened.operator(POLICE), opened.office("politics_law")
    perf = opened.person("fin_perf")
    form = opened.accepted(police, office, "巡逻车购置")
    assert review(perf, form, "correct_score", status=422)["errors"][0]["path"] == "opinion"
    with expect_events(opened.database, TASK_CLOSED, TASK_OPENED, SELF_EVALUATION_ACCEPTED) as told:
        found = review(perf, form, "correct_score", opinion="完成值虚高。", score="85")
    assert (found["state"], found["recheck_score"], found["grade"], found["quality_mark"]) == (
        "score_corrected",
        "85.00",
        "good",
        "untrue",
    )
    assert (told[2].data["total"], told[2].data["quality_mark"]) == ("85.00", "untrue")
    other = opened.accepted(police, office, "办公设备采购")
    assert review(perf, other, "confirm")["quality_mark"] == "true"


def test_a_re_evaluation_reaches_the_unit_through_its_office(opened: EvalCounty) -> None:
    police, office = opened.operator(POLICE), opened.office("politics_law")
    perf = opened.person("fin_perf")
    form = opened.accepted(police, office, "巡逻车购置")
    form = review(perf, form, "order_re_evaluation", opinion="佐证不足，重新自评。")
    assert (form["state"], form["times_returned"]) == ("awaiting_relay", 0)
    assert open_tasks(opened, form)[0][0] == "evaluation.relay"
    review(perf, form, "relay_return", status=403)
    form = review(office, form, "relay_return")
    assert (form["state"], form["return_reason"]) == ("draft", "佐证不足，重新自评。")
    again = opened.accepted(police, office, "巡逻车购置")
    assert (again["state"], again["quality_mark"]) == ("accepted", "unchecked")


def test_a_problem_is_told_to_oversight_under_its_own_key(opened: EvalCounty) -> None:
    police, office = opened.operator(POLICE), opened.office("politics_law")
    body = {
        "title": "完成值缺佐证",
        "description": "验收单不全。",
        "category": "performance",
        "amount": "81000.00",
        "basis": "财预〔2020〕10号",
    }
    form = opened.form("巡逻车购置")
    early = office.call("POST", f"{address(form)}/referrals", body, version=form["version"])
    assert (early.status_code, early.get_json()["code"]) == (409, "nothing_to_refer")
    form = opened.submitted(police, "巡逻车购置")
    with expect_events(opened.database, PROBLEM_REFERRED) as told:
        answer = office.call("POST", f"{address(form)}/referrals", body, version=form["version"])
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert told[0].data["source_key"] == f"{form['self_evaluation_id']}:1"
    assert (told[0].data["source"], told[0].data["amount"]) == ("self_evaluation", "81000.00")
    form = answer.get_json()
    with expect_events(opened.database, PROBLEM_REFERRED) as told:
        bare = body | {"amount": None}
        office.call("POST", f"{address(form)}/referrals", bare, version=form["version"])
    assert told[0].data["source_key"].endswith(":2")
    assert told[0].data["amount"] is None


def test_files_of_others_are_not_taken(opened: EvalCounty) -> None:
    school, police = opened.operator(SCHOOL), opened.operator(POLICE)
    form = opened.form("巡逻车购置")
    body = draft(police, form)
    body["files"] = [{"kind": "scan", "digest": school.uploaded(PDF + b"\n%")}]
    refused = police.call("PUT", address(form), body, version=form["version"])
    assert paths(refused) == {"scan"}


WHO = ("unit_operator", "dept_operator", "fin_office", "fin_perf", "fin_budget", "audit_officer")
FIFTY = Decimal(50)


@pytest.mark.parametrize("source", [state.value for state in SelfEvaluationState])
def test_every_act_in_every_state_by_every_role(county: EvalCounty, source: str) -> None:
    """The state changes only as the table says, by who holds the transition's right."""
    county.open()
    form = county.form("办公设备采购")
    people = {role: county.person(role) for role in WHO}
    versions = count(2, 2)  # an aggregate tells of each version once
    for act in REVIEW_ACTS:
        for role, who in people.items():
            version = next(versions)
            _stand(county, form, source, version)
            key = SelfEvaluationKey(YEAR, UUID(form["self_evaluation_id"]), version)
            command = ReviewSelfEvaluation(key, act, "说明", FIFTY)
            edge = next(
                (each for each in TRANSITIONS if each.source == source and each.act is act), None
            )
            allowed = edge is not None and role in load_rights().acts[edge.permission].roles
            try:
                with county.database.begin() as uow:
                    done = review_self_evaluation(uow, county.clock, who.actor, command)
                    reached = done.form.state
            except (ForbiddenError, TransitionRefusedError):
                assert not allowed, (source, act, role)
            else:
                assert allowed, (source, act, role)
                assert edge is not None
                assert reached == edge.to.value


def _stand(county: EvalCounty, form: dict[str, Any], state: str, version: int) -> None:
    with county.database.begin() as uow:
        uow.session.execute(
            update(SelfEvaluationRow)
            .where(SelfEvaluationRow.self_evaluation_id == UUID(form["self_evaluation_id"]))
            .values(state=state, version=version, paper_required=False, total=90, grade="excellent")
        )
