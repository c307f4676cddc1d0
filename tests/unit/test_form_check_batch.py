"""Many forms at once on the command line: files, folders, a ZIP; a bad one stops nothing."""

from __future__ import annotations

import csv
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fixtures.public_forms import LINGLING, PUTUO, printed, zipped

from services.commands.check import check
from services.eval_svc.usecases.listing_forms import COLUMNS
from shared.files.bundles import BundleRefusedError, files_in, is_zip
from shared.sheets.reading import read_workbook


def run(*arguments: object) -> Any:
    return CliRunner().invoke(check, [str(each) for each in arguments], standalone_mode=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("forms")
    (place / "普陀.docx").write_bytes(printed(PUTUO, "docx"))
    (place / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    inside = {"零陵/自评.xls": printed(LINGLING, "xls"), "__MACOSX/._a": b"x", "内.zip": zipped({})}
    (place / "零陵区.zip").write_bytes(zipped(inside))
    (place / "读我.txt").write_text("不是表")
    return place


def test_one_office_file_gives_the_cell_of_each_finding(folder: Path) -> None:
    file = folder / "one.xls"
    file.write_bytes(printed(LINGLING, "xls"))
    ran = run(file)
    file.unlink()
    assert ran.return_value == 1
    assert "资金表第1行「执行率」（自评表1!H6）" in ran.output
    assert run(folder / "普陀.docx").return_value == 0
    assert run(folder / "坏.xlsx").return_value == 2


def test_folder_is_checked_whole_and_the_worst_decides(folder: Path, tmp_path: Path) -> None:
    table, excel = tmp_path / "out.csv", tmp_path / "out.xlsx"
    ran = run(folder, "-o", table)
    assert ran.return_value == 1
    assert "合计 4 张表" in ran.output
    assert run(folder, "-o", excel).return_value == 1
    rows = list(csv.reader(StringIO(table.read_text("utf-8-sig"))))
    assert rows[0] == [column.title for column in COLUMNS]
    verdicts = {row[4] for row in rows[1:]}
    assert verdicts == {"数字不一致", "无法读取", "数字一致"}
    assert any(row[6] == "执行率与金额不符" and row[9:11] == ["100%", "80.45%"] for row in rows)
    sheet = read_workbook(excel.read_bytes(), "").sheets[0]
    assert [sheet.row(at) for at in range(2, sheet.row_count + 1)] == rows


def test_several_reports_as_json_name_their_files(folder: Path) -> None:
    ran = run(folder / "普陀.docx", folder / "坏.xlsx", "--format", "json")
    told = json.loads(ran.stdout)
    assert [each["verdict"] for each in told] == ["consistent", "unreadable"]
    assert told[0]["report"]["recomputed"]["execution_rate"] == "86.18%"
    assert told[1]["problem"].endswith("。")
    assert ran.return_value == 2


def test_output_of_another_kind_is_refused_before_any_work(folder: Path) -> None:
    assert run(folder, "-o", "out.pdf").return_value == 2


def test_office_file_is_no_bundle_and_a_bundle_of_office_files_is() -> None:
    form = printed(PUTUO, "xlsx")
    assert not is_zip(form)
    assert is_zip(zipped({"a.xlsx": form}, zipfile.ZIP_STORED))
    assert not is_zip(b"PK\x03\x04 broken")


def test_bad_members_come_with_their_reason_and_chinese_names_are_read() -> None:
    out = zipped({"bomb.xlsx": b"\0" * 30_000_000, "ok.json": b"{}", "thin.json": b" " * 5_000_000})
    told = {each.name: each.why for each in files_in(BytesIO(out))}
    assert told["ok.json"] == ""
    assert "超过 20 MB" in told["bomb.xlsx"]
    assert "压缩比异常" in told["thin.json"]
    named = zipped({"AAAA.json": b"{}"}).replace(b"AAAA", "零陵".encode("gb18030"))
    assert [each.name for each in files_in(BytesIO(named))] == ["零陵.json"]
    with pytest.raises(BundleRefusedError):
        list(files_in(BytesIO(b"PK\x03\x04 broken")))
