"""Import of projects over HTTP: what is wrong is named by row and field, and nothing is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fixtures.small_county import POLICE
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, select
from target_county import Person, TargetCounty, line, open_county, project_file

from services.target_svc.store.projects import ProjectMoneyRow, ProjectRow
from shared.events.target import PROJECT_CHANGED, PROJECT_REGISTERED
from shared.outbox.tables import OutboxRow
from shared.sheets.writing import OutColumn, write_table
from shared.testing.queries import count_queries
from shared.testing.web import CSRF, cookie
from shared.trail.tables import TrailRow

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
CUT = {"财政拨款": "8000.00", "年初预算数": "8000.00", "调整后预算数": "7000.00"}
GOOD = line("N001", "新项目", unit=POLICE, amount="10000.00")


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> TargetCounty:
    return open_county(new_database(postgres_url), tmp_path, NOW)


def codes(county: TargetCounty) -> list[str]:
    found = county.person("fin_perf").call("GET", "/projects?fiscal_year=2024").get_json()
    return [each["code"] for each in found["items"]]


def send(who: Person, content: bytes, name: str = "项目.xlsx") -> Any:
    return who.app.test_client(use_cookies=False).post(
        "/target/projects/import",
        data={"csrf_token": CSRF, "year": "2024", "file": (BytesIO(content), name)},
        headers=cookie(who.token),
    )


@pytest.mark.parametrize(
    ("rows", "field", "code", "row"),
    [
        ([GOOD, {**GOOD, "单位编码": "999"}], "unit_code", "unknown_unit", 4),
        ([GOOD, GOOD], "code", "repeated", 4),
        ([{**GOOD, "年初预算数": "20000"}], "initial", "sum_differs", 3),
        ([{**GOOD, "项目名称": ""}], "name", "missing", 3),
        ([{**GOOD, "密级": "秘密"}], "classification", "classified", 3),
        ([{**GOOD, "预算账本": "小金库"}], "book", "not_a_choice", 3),
    ],
)
def test_a_bad_row_refuses_the_whole_file_by_row_and_field(
    county: TargetCounty, rows: list[dict[str, str]], field: str, code: str, row: int
) -> None:
    budget = county.person("fin_budget")
    answer = budget.upload("/projects/2024/imports", project_file(rows))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    errors = answer.get_json()["errors"]
    assert row in {each["row"] for each in errors}
    assert field in {each["path"].split(".")[-1] for each in errors}
    assert all(each["message"] for each in errors)
    if code != "not_a_choice":
        assert code in {each["code"] for each in errors}
    assert codes(county) == ["P001", "P002", "P003"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a sheet at all",
        b"%PDF-1.4\n%%EOF\n",
        b"PK\x03\x04 torn",
        project_file([GOOD])[:900],
        write_table([OutColumn("别的列")], [["x"]], "另一张表"),
    ],
    ids=["empty", "text", "pdf", "torn-zip", "cut-off", "wrong-sheet"],
)
def test_a_file_that_cannot_be_read_is_a_sentence_never_a_failure(
    county: TargetCounty, content: bytes
) -> None:
    budget = county.person("fin_budget")
    assert budget.upload("/projects/2024/imports", content).status_code == 422
    page = send(budget, content)
    assert page.status_code == 422
    said = page.get_data(as_text=True)
    assert "wx-errors" in said
    assert "填写的文字都已保留" in said
    assert "文件没有留下，请重新选择" in said
    assert "文件没有留下" not in budget.get("/target/projects/import").get_data(as_text=True)
    assert codes(county) == ["P001", "P002", "P003"]


@pytest.mark.parametrize(
    "path", ["/target/api/v1/projects/2024/imports", "/target/projects/import"]
)
def test_an_oversized_upload_is_refused_unread(county: TargetCounty, path: str) -> None:
    who = county.person("fin_budget")
    answer = county.app.test_client(use_cookies=False).post(
        path,
        data=bytes(21 * 1024 * 1024),
        content_type="multipart/form-data; boundary=part",
        headers={**cookie(who.token), "X-CSRF-Token": CSRF},
    )
    assert answer.status_code == 413
    assert codes(county) == ["P001", "P002", "P003"]


def test_a_dry_run_tells_and_saves_nothing(county: TargetCounty) -> None:
    changed = line("P003", "巡逻车购置", unit=POLICE, amount="260000.00")
    file = project_file([GOOD, changed])
    budget = county.person("fin_budget")
    outcome = budget.upload("/projects/2024/imports?dry_run=true", file).get_json()
    assert (outcome["saved"], outcome["created"], outcome["changed"]) == (False, 1, 1)
    assert codes(county) == ["P001", "P002", "P003"]
    outcome = budget.upload("/projects/2024/imports", file).get_json()
    assert (outcome["saved"], outcome["created"], outcome["changed"]) == (True, 1, 1)
    outcome = budget.upload("/projects/2024/imports", file).get_json()
    assert (outcome["created"], outcome["changed"], outcome["unchanged"]) == (0, 0, 2)


def test_the_page_previews_then_confirms_the_very_file(county: TargetCounty) -> None:
    budget = county.person("fin_budget")
    preview = send(budget, project_file([GOOD])).get_data(as_text=True)
    assert "新增 1 个" in preview
    assert codes(county) == ["P001", "P002", "P003"]
    digest = preview.split('name="digest" value="')[1].split('"')[0]
    confirm = "/target/projects/import/confirm"
    other = county.person("fin_budget").post(confirm, year="2024", digest=digest)
    assert other.status_code == 404  # somebody else's file
    done = budget.post(confirm, year="2024", digest=digest)
    assert done.status_code == 303
    assert "N001" in codes(county)


def test_the_same_file_comes_back_marked(county: TargetCounty) -> None:
    budget = county.person("fin_budget")
    page = send(budget, project_file([{**GOOD, "单位编码": "999"}])).get_data(as_text=True)
    assert "单位编码 999 不在单位名录中" in page
    assert "确认导入" not in page
    digest = page.split('name="digest" value="')[1].split('"')[0]
    copy = budget.post("/target/projects/import/marked", year="2024", digest=digest)
    book = CalamineWorkbook.from_filelike(BytesIO(copy.data))
    assert "问题清单" in book.sheet_names
    assert copy.headers["Content-Disposition"].startswith("attachment")


def test_the_template_reads_back(county: TargetCounty) -> None:
    answer = county.person("fin_budget").get("/target/projects/import/template")
    assert "项目编码" in str(
        CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    )


def test_who_may_not_import_sees_no_import(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    assert police.get("/target/projects/import").status_code == 403
    assert police.upload("/projects/2024/imports", project_file([GOOD])).status_code == 403
    assert "导入项目" not in police.get("/target/projects?year=2024").get_data(as_text=True)


def test_a_list_costs_the_same_number_of_queries_whatever_its_length(county: TargetCounty) -> None:
    budget = county.person("fin_budget")

    def cost(count: int, amount: str) -> int:
        rows = [line(f"N{at:03}", f"项目{at}", unit=POLICE, amount=amount) for at in range(count)]
        with count_queries(county.database.engine) as queries:
            answer = budget.upload("/projects/2024/imports", project_file(rows))
        assert answer.status_code == 200, answer.get_json()
        return len(queries)

    new, more = cost(3, "10000.00"), cost(40, "10000.00")
    changed = cost(40, "20000.00")
    assert more == new
    assert changed == new
    assert "N039" in codes(county)


def test_money_events_and_trail_follow_the_list(county: TargetCounty) -> None:
    budget = county.person("fin_budget")
    carried = {"上年结转": "500.00", "年初预算数": "10500.00", "调整后预算数": "9500.00"}
    first = line("N001", "新项目", unit=POLICE, amount="10000.00", **carried)
    for rows in ([first, GOOD | {"项目编码": "N002"}], [{**first, "上年结转": "", **CUT}]):
        answer = budget.upload("/projects/2024/imports", project_file(rows))
        assert answer.status_code == 200, answer.get_json()

    with county.database.read() as session:
        row = session.scalars(select(ProjectRow).where(ProjectRow.code == "N001")).one()
        money = session.execute(
            select(
                ProjectMoneyRow.source,
                ProjectMoneyRow.initial_amount,
                ProjectMoneyRow.adjusted_amount,
            ).where(ProjectMoneyRow.project_id == row.project_id)
        ).all()
        told = session.execute(
            select(OutboxRow.event_type, OutboxRow.aggregate_version, OutboxRow.envelope)
            .where(OutboxRow.aggregate_id == row.project_id)
            .order_by(OutboxRow.sequence)
        ).all()
        trail = session.scalars(
            select(TrailRow)
            .where(TrailRow.object_id == row.project_id)
            .order_by(TrailRow.record_id)
        ).all()
    assert [tuple(each) for each in money] == [("fiscal", Decimal(8000), Decimal(7000))]
    assert [(each.event_type, each.aggregate_version) for each in told] == [
        (PROJECT_REGISTERED, 1), (PROJECT_CHANGED, 2),
    ]  # fmt: skip
    amounts = [each.envelope["data"]["adjusted_amount"] for each in told]
    assert amounts == ["9500.00", "7000.00"]
    assert [(each.before or {}).get("initial_amount") for each in trail] == [None, "10500.00"]
    assert [each.after["initial_amount"] for each in trail if each.after] == ["10500.00", "8000.00"]
