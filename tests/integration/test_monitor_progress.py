"""报送进度: counts, reminders, extensions that keep the first date, notes, the counter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL
from monitor_county import CORRECTION, MonitorCounty, address, open_county
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from shared.tasks.tables import TaskRow
from shared.testing.queries import count_queries

PROGRESS = "/progress?year=2023"


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> MonitorCounty:
    return open_county(new_database(postgres_url), tmp_path)


def extension(county: MonitorCounty, *units: str, due_on: str = "2023-10-18") -> dict[str, object]:
    return {
        "fiscal_year": 2023,
        "unit_ids": [str(county.units[unit]) for unit in units],
        "due_on": due_on,
        "document_number": "岳财绩〔2023〕12号",
        "reason": "国庆后数据集中核对。",
    }


def test_units_are_counted_with_those_below_them(county: MonitorCounty) -> None:
    report = county.submitted(county.operator(DEPARTMENT), "P001", **CORRECTION)
    paper = {"print_code": report["print_code"]}
    office = county.office()
    office.call("POST", f"{address(report)}/paper", paper, version=report["version"])
    rows = county.person("fin_perf").call("GET", PROGRESS).get_json()["items"]
    shown = {
        row["unit_code"]: (
            row["submitted"],
            row["required"],
            row["paper_received"],
            row["paper_required"],
        )
        for row in rows
    }
    assert shown == {DEPARTMENT: (1, 2, 1, 1), POLICE: (0, 1, 0, 0)}
    assert [row["unit_code"] for row in office.call("GET", PROGRESS).get_json()["items"]] == [
        DEPARTMENT
    ]


def test_the_page_the_excel_and_the_reminder_say_the_same(county: MonitorCounty) -> None:
    county.clock.move_to(datetime(2023, 10, 12, 1, 0, tzinfo=UTC))
    perf = county.person("fin_perf")
    page = perf.get(PROGRESS).get_data(as_text=True)
    assert "还有2个单位、3份2023年度绩效运行监控表尚未报送" in page
    assert "县公安局：1份（期限2023年10月11日，逾期1个工作日，王会计 0826-5550101）" in page
    sheet = load_workbook(BytesIO(perf.get(f"{PROGRESS}&format=xlsx").data)).active
    cells = [[str(cell.value) for cell in row] for row in sheet.iter_rows()]
    police = next(row for row in cells if row[0].startswith("县公安局"))
    assert police[2:8] == ["0 / 1", "0 / 0", "0", "0", "1", "2023年10月11日（逾期1个工作日）"]


def test_an_extension_keeps_the_first_date_and_moves_the_task(county: MonitorCounty) -> None:
    perf = county.person("fin_perf")
    answer = perf.call("POST", "/extensions", extension(county, DEPARTMENT))
    assert (answer.status_code, answer.get_json()) == (201, {"extended": 2})
    school = county.report("P002")
    assert (school["due_on"], school["first_due_on"]) == ("2023-10-18", "2023-10-11")
    assert county.report("P003")["due_on"] == "2023-10-11"
    with county.database.read() as session:
        query = select(TaskRow.due_on, TaskRow.first_due_on).where(
            TaskRow.subject_id == school["report_id"]
        )
        assert session.execute(query).all() == [(date(2023, 10, 18), date(2023, 10, 11))]
    page = perf.get(address(school)).get_data(as_text=True)
    assert "<del title=" in page
    assert "岳财绩〔2023〕12号" in page


def test_a_whole_campaign_leaves_those_alone_that_have_more_time(county: MonitorCounty) -> None:
    perf = county.person("fin_perf")
    perf.call("POST", "/extensions", extension(county, DEPARTMENT, due_on="2023-10-20"))
    answer = perf.call("POST", "/extensions", extension(county))
    assert answer.get_json() == {"extended": 1}
    assert county.report("P001")["due_on"] == "2023-10-20"
    again = perf.call("POST", "/extensions", extension(county))
    assert [each["path"] for each in again.get_json()["errors"]] == ["due_on"]


def test_an_extension_needs_basis_and_reason_and_keeps_what_was_typed(
    county: MonitorCounty,
) -> None:
    perf = county.person("fin_perf")
    chosen = {"year": "2023", "units": [str(county.units[POLICE])]}
    page = perf.post("/progress/extend", {**chosen, "due_on": "2023-10-18", "reason": "等数据"})
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert "请填写延期依据的文号。" in text
    assert "等数据" in text
    assert str(county.units[POLICE]) in text
    assert county.report("P003")["due_on"] == "2023-10-11"
    assert county.office().call("POST", "/extensions", extension(county)).status_code == 403


def test_a_telephone_note_shows_in_the_table(county: MonitorCounty) -> None:
    office = county.office()
    note = {"unit_id": str(county.units[SCHOOL]), "person": "张老师", "note": "明天上午报。"}
    kept = office.post("/progress/contacts", {"year": "2023", **note})
    assert kept.status_code == 303
    assert "2023年10月10日 张老师：明天上午报。" in office.get(PROGRESS).get_data(as_text=True)
    blank = office.post("/progress/contacts", {"year": "2023", **note, "note": " "})
    assert blank.status_code == 422
    assert "请填写通话内容。" in blank.get_data(as_text=True)
    other = {**note, "fiscal_year": 2023, "unit_id": str(county.units[POLICE])}
    assert office.call("POST", "/contacts", other).status_code == 404


def test_the_counter_takes_paper_in_two_steps_and_warns_of_an_old_one(
    county: MonitorCounty,
) -> None:
    unit, office = county.operator(DEPARTMENT), county.office()
    first = county.submitted(unit, "P001", **CORRECTION)
    body = {"act": "return_office", "opinion": "请补充。"}
    path = f"{address(first)}/reviews"
    office.call("POST", path, body, version=first["version"])
    assert "不能收件" in office.get(f"/paper?code={first['print_code']}").get_data(as_text=True)
    second = county.submitted(unit, "P001", **CORRECTION)
    old = office.get(f"/paper?code={first['print_code']}").get_data(as_text=True)
    assert "旧版，不能收件" in old
    assert second["print_code"] in old
    found = office.get(f"/paper?code={second['print_code'].lower()}").get_data(as_text=True)
    assert "版本一致，可以收件" in found
    form = {
        "version": str(second["version"]),
        "code": second["print_code"],
        "received_on": "2023-10-10",
        "from": "counter",
    }
    taken = office.post(f"{address(second)}/paper", form)
    assert (taken.status_code, taken.location) == (303, "/monitoring/paper")
    assert county.report("P001")["paper_received_on"] == "2023-10-10"
    assert "没有找到" in office.get("/paper?code=2023-FFFFFFFF").get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (PROGRESS, 6),
        (f"{PROGRESS}&office=education", 6),
        ("/reports?year=2023", 4),
        ("/reports?year=2023&tab=todo&q=教学&light=none&office=education&overdue=1&paper=1", 4),
        ("/reports/picture?year=2023", 4),
        ("/execution?year=2023", 7),
        ("/execution/batches?year=2023", 1),
        ("/paper?code=2023-00000000", 1),
        ("/progress/extension?year=2023", 2),
    ],
)
def test_lists_ask_few_questions(county: MonitorCounty, path: str, most: int) -> None:
    county.filled(county.operator(POLICE), "P003")
    perf = county.person("fin_perf")
    assert perf.get(path).status_code == 200  # policy and calendar are kept from now on
    with count_queries(county.database.engine) as sent:
        assert perf.get(path).status_code == 200
    assert len(sent) <= most, "\n\n".join(sent)


@pytest.mark.parametrize(("path", "most"), [("", 10), ("/print", 8)])
def test_a_report_asks_few_questions(county: MonitorCounty, path: str, most: int) -> None:
    who = county.operator(POLICE)
    report = county.filled(who, "P003")
    who.get(address(report) + path)
    with count_queries(county.database.engine) as sent:
        assert who.get(address(report) + path).status_code == 200
    assert len(sent) <= most, "\n\n".join(sent)
