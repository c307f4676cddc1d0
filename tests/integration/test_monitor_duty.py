"""From an approved target to an accepted report, over HTTP alone, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL, Person
from monitor_county import (
    BEHIND,
    CORRECTION,
    DUE_ON,
    MonitorCounty,
    address,
    draft,
    open_county,
    signature,
    target_event,
)
from sqlalchemy import Engine, select

from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow
from services.monitor_svc.usecases.open_report import CopyMissingError
from shared.access.actor import Scope
from shared.events.monitoring import REPORT_ACCEPTED, TASK_CLOSED
from shared.ids import new_id
from shared.tasks.tables import TaskRow
from shared.testing.events import expect_events
from shared.testing.web import REGION


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> MonitorCounty:
    return open_county(new_database(postgres_url), tmp_path)


def review(who: Person, report: dict[str, Any], act: str, **said: str) -> dict[str, Any]:
    body = {"act": act, **said}
    path = f"{address(report)}/reviews"
    answer = who.call("POST", path, body, version=report["version"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def bring_paper(who: Person, report: dict[str, Any], code: str) -> Any:
    body = {"print_code": code, "received_on": "2023-10-10"}
    return who.call("POST", f"{address(report)}/paper", body, version=report["version"])


def open_tasks(county: MonitorCounty, report: dict[str, Any]) -> list[tuple[str, date | None]]:
    with county.database.read() as session:
        query = select(TaskRow.kind, TaskRow.due_on).where(
            TaskRow.closed_at.is_(None), TaskRow.subject_id == report["report_id"]
        )
        return [(kind, due_on) for kind, due_on in session.execute(query)]


def test_an_approved_target_opens_the_duty_with_its_working_day_deadline(
    county: MonitorCounty,
) -> None:
    report = county.report("P001")
    assert report["due_on"] == report["first_due_on"] == DUE_ON.isoformat() == "2023-10-11"
    assert (report["pack_code"], report["pack_version"]) == ("yuechi-2023", "1")
    assert (report["deadline_rule"], report["provisional"]) == ("monitoring_report", False)
    assert (report["state"], report["as_of"]) == ("open", "2023-09-30")
    assert (report["paper_required"], county.report("P002")["paper_required"]) == (True, False)
    assert [row["name"] for row in report["indicators"]] == ["改造教室", "每间成本", "管护机制"]
    assert open_tasks(county, report) == [("monitoring.fill", DUE_ON)]


def test_the_same_target_again_changes_nothing(county: MonitorCounty) -> None:
    with county.database.read() as session:
        project = session.scalars(
            select(ProjectCopyRow.project_id).where(ProjectCopyRow.code == "P001")
        ).one()
        target = session.scalars(
            select(ReportRow.target_id).where(ReportRow.project_id == project)
        ).one()
    event = target_event(county, "P001", project)
    again = replace(event, subject=replace(event.subject, id=target, version=2))
    with expect_events(county.database):
        county.apply(again)
    assert county.report("P001")["version"] == 1


def test_a_target_before_its_project_is_tried_again(county: MonitorCounty) -> None:
    with pytest.raises(CopyMissingError, match="P001"):
        county.apply(target_event(county, "P001", new_id()))


def test_a_report_goes_from_open_to_closed_by_api_alone(county: MonitorCounty) -> None:
    school, department, office = (
        county.operator(SCHOOL),
        county.operator(DEPARTMENT),
        county.office(),
    )
    county.paid([("V1", "P002", "36000.00", "2023-09-20"), ("V2", "P002", "9.00", "2023-10-02")])
    report = county.submitted(school, "P002", **CORRECTION)
    assert report["state"] == "dept_review"
    assert (report["executed"], report["execution_rate"]) == ("36000.00", "45.00")
    assert open_tasks(county, report)[0] == ("monitoring.review_dept", date(2023, 10, 17))
    report = review(department, report, "approve_dept")
    with expect_events(county.database, TASK_CLOSED, REPORT_ACCEPTED) as told:
        report = review(office, report, "approve_office", pay_advice="slow")
    assert (told[1].data["light"], told[1].data["executed"]) == ("yellow", "36000.00")
    assert report["state"] == "aggregated"
    report = review(office, report, "order_correction", opinion="十一月底前完成支付。")
    assert open_tasks(county, report) == [("monitoring.verify", date(2023, 11, 30))]
    report = review(office, report, "verify_correction")
    assert (report["state"], open_tasks(county, report)) == ("closed", [])


def test_causes_are_required_on_yellow_and_red(county: MonitorCounty) -> None:
    school = county.operator(SCHOOL)
    report = county.filled(school, "P002", BEHIND)
    assert [row["light"] for row in report["indicators"]] == ["red", "green", "yellow"]
    path = f"{address(report)}/submission"
    refused = school.call("POST", path, signature(school), version=report["version"])
    assert refused.status_code == 422
    wanted = {each["path"] for each in refused.get_json()["errors"]}
    assert wanted == {
        "causes",
        "cause_note",
        "correction",
        "correction_owner",
        "correction_due_on",
    }
    body = draft(BEHIND, **CORRECTION)
    saved = school.call("PUT", address(report), body, version=report["version"]).get_json()
    sent = school.call("POST", path, signature(school), version=saved["version"])
    assert (sent.status_code, sent.get_json()["state"]) == (200, "dept_review")


def test_paper_of_an_older_version_is_refused(county: MonitorCounty) -> None:
    unit, office = county.operator(DEPARTMENT), county.office()
    first = county.submitted(unit, "P001", **CORRECTION)
    assert first["state"] == "fin_office_review"  # a department does not review itself
    refused = office.call(
        "POST",
        f"{address(first)}/reviews",
        {"act": "approve_office"},
        version=first["version"],
    )
    assert (refused.status_code, refused.get_json()["code"]) == (409, "paper_missing")
    returned = review(office, first, "return_office", opinion="请补充偏差原因。")
    assert open_tasks(county, returned) == [("monitoring.revise", date(2023, 10, 13))]
    second = county.submitted(unit, "P001", **CORRECTION)
    assert second["print_code"] != first["print_code"]
    old = bring_paper(office, second, first["print_code"])
    assert (old.status_code, old.get_json()["code"]) == (409, "old_paper")
    assert second["print_code"] in old.get_json()["detail"]
    taken = bring_paper(office, second, second["print_code"].lower())
    assert taken.status_code == 200
    assert review(office, taken.get_json(), "approve_office")["state"] == "aggregated"


def test_paper_before_the_report_and_from_the_future_is_refused(county: MonitorCounty) -> None:
    office, report = county.office(), county.report("P001")
    early = bring_paper(office, report, "2023-00000000")
    assert (early.status_code, early.get_json()["code"]) == (409, "nothing_submitted")


def test_late_is_taken_and_marked(county: MonitorCounty) -> None:
    county.clock.move_to(datetime(2023, 10, 12, 1, 0, tzinfo=UTC))
    police = county.operator(POLICE)
    county.paid([("V1", "P003", "180000.00", "2023-09-20")])
    report = county.submitted(police, "P003")
    assert (report["state"], report["is_late"]) == ("fin_office_review", True)


def test_only_who_brought_a_scan_may_sign_with_it(county: MonitorCounty) -> None:
    county.paid([("V1", "P003", "180000.00", "2023-09-20")])
    police = county.operator(POLICE)
    report = county.filled(police, "P003")
    borrowed = signature(county.operator(SCHOOL))
    path = f"{address(report)}/submission"
    refused = police.call("POST", path, borrowed, version=report["version"])
    assert refused.status_code == 422
    assert [each["path"] for each in refused.get_json()["errors"]] == ["scan"]


def test_nobody_reviews_what_he_submitted_himself(county: MonitorCounty) -> None:
    county.paid([("V1", "P003", "180000.00", "2023-09-20")])
    both = county.person("unit_operator", "fin_office")
    report = county.submitted(both, "P003")
    answer = both.call(
        "POST",
        f"{address(report)}/reviews",
        {"act": "approve_office"},
        version=report["version"],
    )
    assert (answer.status_code, answer.get_json()["code"]) == (409, "self_review")


def test_a_return_needs_its_reason(county: MonitorCounty) -> None:
    county.paid([("V1", "P003", "180000.00", "2023-09-20")])
    report = county.submitted(county.operator(POLICE), "P003")
    body = {"act": "return_office", "opinion": "  "}
    path = f"{address(report)}/reviews"
    answer = county.office("politics_law").call("POST", path, body, version=report["version"])
    assert [each["path"] for each in answer.get_json()["errors"]] == ["opinion"]


def test_what_lies_outside_the_scope_is_not_found(county: MonitorCounty) -> None:
    report = county.report("P001")
    police = county.operator(POLICE)
    assert police.call("GET", address(report)).status_code == 404
    assert police.get(address(report)).status_code == 404
    assert police.get(f"{address(report)}/print").status_code == 404
    assert police.call("PUT", address(report), draft(), version=1).status_code == 404
    listed = police.call("GET", "/reports?year=2023").get_json()["items"]
    assert [each["project_code"] for each in listed] == ["P003"]
    nobody = county.person("unit_operator", scope=Scope(REGION))
    assert nobody.call("GET", "/reports?year=2023").get_json()["items"] == []


def test_a_stale_version_is_refused_and_what_was_typed_stays(county: MonitorCounty) -> None:
    school = county.operator(SCHOOL)
    report = county.filled(school, "P002")
    stale = school.call("PUT", address(report), draft(), version=1)
    assert stale.status_code == 412
    assert school.call("PUT", address(report), draft()).status_code == 428
    typed = {"version": "1", "progress": "我刚写的一大段话", "act": "draft"}
    page = school.post(f"{address(report)}/fill", typed)
    assert page.status_code == 422
    assert "我刚写的一大段话" in page.get_data(as_text=True)
    assert "刚被他人修改过" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "method", "path", "body"),
    [
        ("fin_office", "PUT", "", draft()),
        ("audit_officer", "POST", "/submission", {"commitment": True}),
        ("unit_operator", "POST", "/paper", {"print_code": "2023-AB"}),
        ("unit_operator", "POST", "/reviews", {"act": "conclude"}),
    ],
)
def test_the_wrong_role_or_state_is_refused(
    county: MonitorCounty, who: str, method: str, path: str, body: dict[str, Any]
) -> None:
    report = county.report("P002")
    answer = county.person(who).call(method, address(report) + path, body, version=1)
    assert answer.status_code == (409 if path == "/reviews" else 403)
    assert county.report("P002")["version"] == 1
