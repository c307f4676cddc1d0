"""The chain of a target driven over HTTP alone: submitted, reviewed, returned, tabled, approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL
from sqlalchemy import Engine
from target_county import PDF, ROWS, Person, TargetCounty, content, line, open_county, signature

from shared.events.target import TARGET_APPROVED, TASK_CLOSED, TASK_OPENED
from shared.testing.events import expect_events
from shared.testing.web import bearer

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
CHECKED = {"checks": {"authentic": True, "objective": True}}


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> TargetCounty:
    return open_county(new_database(postgres_url), tmp_path, NOW)


def step(who: Person, path: str, version: int, body: dict[str, object]) -> tuple[str, int]:
    answer = who.call("POST", path, body, version=version)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["state"], answer.get_json()["version"]


def test_a_target_goes_from_draft_to_active_by_api_alone(county: TargetCounty) -> None:
    police, office, perf = county.operator(POLICE), county.office("politics_law"), perf_of(county)
    budget = county.person("fin_budget")
    path, version = county.submitted(police, "P003")
    state, version = step(office, f"{path}/reviews", version, CHECKED)
    assert state == "fin_perf_review"
    state, version = step(perf, f"{path}/reviews", version, {"grade": "excellent"})
    assert state == "review_passed"
    state, version = step(budget, f"{path}/advances", version, {"act": "table"})
    approval = {"document_number": "岳财预〔2024〕1号", "approved_on": "2023-10-10"}
    with expect_events(county.database, TASK_OPENED, TARGET_APPROVED) as told:
        state, version = step(budget, f"{path}/approval", version, approval)
    assert state == "approved_issued"
    assert told[1].data["approved_amount"] == "240000.00"
    with expect_events(county.database, TASK_CLOSED):
        state, _ = step(police, f"{path}/advances", version, {"act": "issue"})
    assert state == "active"
    final = perf.call("GET", path).get_json()
    assert (final["revision"], final["document_number"]) == (1, "岳财预〔2024〕1号")


def perf_of(county: TargetCounty) -> Person:
    return county.person("fin_perf")


@pytest.mark.parametrize(
    ("unit", "code", "first"),
    [(SCHOOL, "P002", "dept_review"), (DEPARTMENT, "P001", "fin_office_review")],
)
def test_a_department_does_not_review_itself(
    county: TargetCounty, unit: str, code: str, first: str
) -> None:
    who = county.operator(unit)
    path, _ = county.submitted(who, code)
    assert who.call("GET", path).get_json()["state"] == first


def test_the_department_reviews_its_school(county: TargetCounty) -> None:
    path, version = county.submitted(county.operator(SCHOOL), "P002")
    state, _ = step(county.operator(DEPARTMENT), f"{path}/reviews", version, {"passing": True})
    assert state == "fin_office_review"


def test_what_the_centre_sends_back_reaches_the_unit_through_its_office(
    county: TargetCounty,
) -> None:
    police, office = county.operator(POLICE), county.office("politics_law")
    path, version = county.submitted(police, "P003")
    _, version = step(office, f"{path}/reviews", version, CHECKED)
    fair = {"grade": "fair", "opinion": "数量指标偏少，请补充。"}
    state, version = step(perf_of(county), f"{path}/reviews", version, fair)
    assert state == "awaiting_relay"
    assert police.call("PUT", path, content(), version=version).status_code == 409
    state, version = step(office, f"{path}/reviews", version, {})
    assert state == "draft"
    target = police.call("GET", path).get_json()
    assert target["return_reason"] == "数量指标偏少，请补充。"
    assert target["times_returned"] == 1
    assert police.call("PUT", path, content(), version=version).status_code == 200


def test_the_office_passes_nothing_without_the_mandatory_checks(county: TargetCounty) -> None:
    path, version = county.submitted(county.operator(POLICE), "P003")
    answer = county.office("politics_law").call(
        "POST", f"{path}/reviews", {"checks": {"authentic": True}}, version=version
    )
    assert answer.status_code == 422
    assert [each["path"] for each in answer.get_json()["errors"]] == ["checks.objective"]


def test_nobody_reviews_what_he_submitted_himself(county: TargetCounty) -> None:
    both = county.person("unit_operator", "fin_office", unit=POLICE)
    path, version = county.submitted(both, "P003")
    answer = both.call("POST", f"{path}/reviews", CHECKED, version=version)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "self_review")


def test_a_stage_is_reviewed_only_by_its_own_reviewers(county: TargetCounty) -> None:
    path, version = county.submitted(county.operator(POLICE), "P003")
    answer = perf_of(county).call("POST", f"{path}/reviews", {"grade": "good"}, version=version)
    assert answer.status_code in (403, 422)
    assert county.operator(POLICE).call("GET", path).get_json()["state"] == "fin_office_review"


def test_a_version_that_is_not_the_newest_is_refused(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    assert police.call("PUT", path, content()).status_code == 428
    assert police.call("PUT", path, content(), version=version - 1).status_code == 412
    assert police.call("PUT", path, content(), version=version).status_code == 200


def test_late_is_accepted_and_marked(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    county.clock.move_to(datetime(2024, 1, 3, 1, 0, tzinfo=UTC))
    digest = police.upload("/files", PDF, "签字.pdf").get_json()["digest"]
    answer = police.call("POST", f"{path}/submission", signature(digest), version=version)
    assert answer.status_code == 200
    assert answer.get_json()["is_late"] is True


def test_on_the_last_day_it_is_not_late(county: TargetCounty) -> None:
    county.clock.move_to(datetime(2023, 12, 31, 10, 0, tzinfo=UTC))
    path, _ = county.submitted(county.operator(POLICE), "P003")
    assert perf_of(county).call("GET", path).get_json()["is_late"] is False


def test_an_incomplete_target_is_refused_with_every_reason(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    rows = content()["indicators"][:1]
    rows[0]["weight"] = "98"
    saved = police.call("PUT", path, content(indicators=rows), version=version)
    unsigned = signature("", commitment=False, signer_name=" ")
    answer = police.call(
        "POST", f"{path}/submission", unsigned, version=saved.get_json()["version"]
    )
    assert answer.status_code == 422
    found = {(each["path"], each["code"]) for each in answer.get_json()["errors"]}
    assert ("indicators", "weights_do_not_add_up") in found
    assert ("indicators", "missing_group") in found
    assert {"commitment", "signer_name", "scan"} <= {path for path, _ in found}


def test_a_scan_counts_only_for_who_brought_it(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    digest = county.operator(DEPARTMENT).upload("/files", PDF, "x.pdf").get_json()["digest"]
    answer = police.call("POST", f"{path}/submission", signature(digest), version=version)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["code"] == "unknown_file"


def test_a_request_sent_twice_makes_one_target(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    body = {"fiscal_year": 2024, "project_id": county.project_id("P003")}
    headers = {**bearer(police.token), "Idempotency-Key": "once"}
    client = county.app.test_client(use_cookies=False)
    first, second = (
        client.post("/target/api/v1/targets", json=body, headers=headers) for _ in range(2)
    )
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replay"] == "true"
    assert police.call("POST", "/targets", body).get_json()["code"] == "target_exists"


def test_last_year_is_copied_with_its_indicators(county: TargetCounty) -> None:
    county.import_projects([line("Q003", "巡逻车购置", unit=POLICE, amount="200000.00")], 2023)
    police = county.operator(POLICE)
    county.draft(police, "Q003", 2023)
    body = {"fiscal_year": 2024, "project_id": county.project_id("P003"), "copy_last_year": True}
    made = police.call("POST", "/targets", body).get_json()
    target = police.call("GET", f"/targets/2024/{made['target_id']}").get_json()
    assert [row["name"] for row in target["indicators"]] == [row[2] for row in ROWS]
    assert "same_as_last_year" in {doubt["code"] for doubt in target["doubts"]}


def test_pages_take_the_same_steps(county: TargetCounty) -> None:
    path, version = county.submitted(county.operator(POLICE), "P003")
    page = f"/target{path}"
    office = county.office("politics_law")
    refused = office.post(f"{page}/review", version=version, act="return", opinion="")
    assert refused.status_code == 422
    assert "请写明原因" in refused.get_data(as_text=True)
    form = {"check_authentic": "true", "check_objective": "true"}
    done = office.post(f"{page}/review", version=version, act="pass", **form)
    assert done.status_code == 303
    cut = {"grade": "good", "cut_amount": "1.5", "opinion": "核减。"}
    done = perf_of(county).post(f"{page}/review", version=version + 1, act="pass", **cut)
    assert done.status_code == 303
    target = office.call("GET", path).get_json()
    assert (target["state"], target["cut_amount"]) == ("review_passed", "15000.00")
