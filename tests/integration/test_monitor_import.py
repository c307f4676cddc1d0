"""Treasury files: dry run, confirm, overlap, and bad files that change nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from fixtures.small_county import DEPARTMENT
from monitor_county import MonitorCounty, open_county, payment_file
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select

from services.monitor_svc.store.projects import PaymentBatchRow, PaymentRow

FIRST = [
    ("V1", "P001", "1000.00", "2023-08-01"),
    ("V2", "P001", "2000.00", "2023-08-20"),
    ("V3", "P002", "3000.00", "2023-09-01"),
]
SECOND = [
    ("V2", "P001", "2500.00", "2023-08-20"),
    ("V3", "P002", "3000.00", "2023-09-01"),
    ("V4", "P003", "4000.00", "2023-08-10"),
]
IMPORT = "/execution/import"


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> MonitorCounty:
    return open_county(new_database(postgres_url), tmp_path)


def recorded(county: MonitorCounty) -> dict[str, Decimal]:
    with county.database.read() as session:
        rows = session.execute(select(PaymentRow.voucher_number, PaymentRow.amount))
        return dict(rows.all())


def batches(county: MonitorCounty) -> int:
    with county.database.read() as session:
        return session.scalar(select(func.count()).select_from(PaymentBatchRow)) or 0


def test_a_dry_run_tells_and_keeps_nothing(county: MonitorCounty) -> None:
    told = county.paid(FIRST, dry_run=True).get_json()
    assert (told["saved"], told["created"], told["changed"]) == (False, 3, 0)
    assert recorded(county) == {}


def test_the_same_file_twice_and_an_overlapping_one(county: MonitorCounty) -> None:
    assert county.paid(FIRST).get_json()["created"] == 3
    again = county.paid(FIRST).get_json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 3)
    told = county.paid(SECOND).get_json()
    assert (told["created"], told["changed"], told["unchanged"]) == (1, 1, 1)
    assert any("V2" in remark and "更正" in remark for remark in told["remarks"])
    assert recorded(county) == {
        "V1": Decimal("1000.00"),  # outside the second file's period: kept and not mentioned
        "V2": Decimal("2500.00"),
        "V3": Decimal("3000.00"),
        "V4": Decimal("4000.00"),
    }
    assert not any("V1" in remark for remark in told["remarks"])


def test_what_the_file_lacks_is_told_and_kept(county: MonitorCounty) -> None:
    county.paid(FIRST)
    told = county.paid([FIRST[0], FIRST[2]]).get_json()
    assert any("V2" in remark and "已保留" in remark for remark in told["remarks"])
    assert "V2" in recorded(county)


BAD_ROWS = [
    ([("V1", "P999", "1.00", "2023-08-01")], "project_code", "没有编码为 P999 的项目"),
    ([("V1", "P001", "一千", "2023-08-01")], "amount", "一千"),
    ([("V1", "P001", "1.00", "2022-08-01")], "paid_on", "不在 2023 年内"),
    ([("V1", "P001", "1.00", "八月")], "paid_on", "八月"),
    ([("", "P001", "1.00", "2023-08-01")], "voucher_number", "没有填写"),
    ([("V1", "P001", "", "2023-08-01")], "amount", "没有填写"),
    ([("V" * 41, "P001", "1.00", "2023-08-01")], "voucher_number", "超过 40 个字符"),
    ([("V1", "P001", "999999999999", "2023-08-01")], "amount", "核对金额单位"),
    ([FIRST[0], ("V1", "P002", "9.00", "2023-08-02")], "voucher_number", "重复"),
]


@pytest.mark.parametrize(("rows", "field", "message"), BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_saved(
    county: MonitorCounty, rows: list[tuple[str, ...]], field: str, message: str
) -> None:
    good = ("V9", "P001", "5.00", "2023-08-05")
    answer = county.paid([good, *rows])
    assert answer.status_code == 422
    found = [each for each in answer.get_json()["errors"] if each["path"].endswith(f".{field}")]
    assert any(message in each["message"] for each in found)
    assert all(each["row"] and each["column"] for each in found)
    assert recorded(county) == {}
    dry = county.paid([good, *rows], dry_run=True)
    assert (dry.status_code, dry.get_json()["saved"]) == (200, False)
    assert any(message in each["message"] for each in dry.get_json()["problems"])


@pytest.mark.parametrize(
    "content",
    [b"", b"not a workbook", b"%PDF-1.4", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
)
def test_what_is_no_sheet_is_refused(county: MonitorCounty, content: bytes) -> None:
    treasury = county.person("fin_treasury")
    answer = treasury.upload("/execution/imports?year=2023", content)
    assert answer.status_code == 422
    page = treasury.post(IMPORT, {"year": "2023"}, file=(BytesIO(content), "支付.xlsx"))
    assert page.status_code == 422
    assert batches(county) == 0


def test_a_file_is_looked_at_confirmed_and_found_among_the_batches(county: MonitorCounty) -> None:
    treasury = county.person("fin_treasury")
    file = (BytesIO(payment_file(FIRST)), "八月.xlsx")
    page = treasury.post(IMPORT, {"year": "2023"}, file=file)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "文件可以导入；确认后才保存。" in text
    assert recorded(county) == {}
    digest = text.split('name="digest" value="')[1].split('"')[0]
    chosen = {"year": "2023", "digest": digest}
    assert county.person("fin_perf").post(f"{IMPORT}/confirm", chosen).status_code == 404
    done = treasury.post(f"{IMPORT}/confirm", chosen)
    assert done.status_code == 303
    assert len(recorded(county)) == 3
    assert "八月.xlsx" in treasury.get("/execution/batches?year=2023").get_data(as_text=True)
    (batch,) = treasury.call("GET", "/execution/imports?year=2023").get_json()["items"]
    detail = treasury.get(f"/execution/batches/2023/{batch['batch_id']}")
    assert "没有差异" in detail.get_data(as_text=True)


def test_a_bad_file_comes_back_with_its_cells_marked(county: MonitorCounty) -> None:
    treasury = county.person("fin_treasury")
    file = (BytesIO(payment_file(BAD_ROWS[0][0])), "错.xlsx")
    page = treasury.post(IMPORT, {"year": "2023"}, file=file)
    assert page.status_code == 422
    digest = page.get_data(as_text=True).split('name="digest" value="')[1].split('"')[0]
    copy = treasury.post(f"{IMPORT}/marked", {"year": "2023", "digest": digest})
    book = load_workbook(BytesIO(copy.data))
    assert "问题清单" in book.sheetnames
    comments = [cell.comment for row in book.worksheets[0] for cell in row if cell.comment]
    assert any("没有编码为 P999 的项目" in comment.text for comment in comments)


def test_the_template_filled_in_reads_back(county: MonitorCounty) -> None:
    treasury = county.person("fin_treasury")
    book = load_workbook(BytesIO(treasury.get(f"{IMPORT}/template").data))
    for row in FIRST:
        book.worksheets[0].append([*row, "收款单位"])
    out = BytesIO()
    book.save(out)
    answer = treasury.upload("/execution/imports?year=2023", out.getvalue())
    assert answer.get_json()["created"] == 3, answer.get_data(as_text=True)


def test_execution_and_payments_by_scope(county: MonitorCounty) -> None:
    county.paid(FIRST)
    office = county.office("politics_law")
    assert office.call("GET", "/payments?year=2023").get_json()["items"] == []
    unit = county.operator(DEPARTMENT)
    listed = unit.call("GET", "/execution?year=2023&until=2023-08-31").get_json()["items"]
    assert [(row["project_code"], row["executed"]) for row in listed] == [
        ("P001", "3000.00"),
        ("P002", "0.00"),
    ]
    path = "/payments?year=2023&project_code=P001&limit=1"
    page = unit.call("GET", path).get_json()
    assert [row["voucher_number"] for row in page["items"]] == ["V2"]
    rest = unit.call("GET", f"{path}&cursor={page['next_cursor']}").get_json()
    assert [row["voucher_number"] for row in rest["items"]] == ["V1"]
    assert unit.upload("/execution/imports?year=2023", payment_file(FIRST)).status_code == 403
