"""The walk of 国库股: a wrong payment list comes back marked, corrected it is taken once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.running import Console, text_of

IMPORT = "/monitoring/execution/import?year=2023"
HEAD = ("支付凭证号", "项目编码", "支付金额", "支付日期", "收款人")


def sheet_of(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    """Write a payment list as an accountant keeps it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "国库支付明细"
    for row in (HEAD, *rows):
        sheet.append(row)
    book.save(path)
    return path


def look_at(page: Page, path: Path) -> None:
    """Let the file be checked."""
    page.goto(IMPORT)
    page.get_by_label("国库支付明细").set_input_files(path)
    page.get_by_role("button", name="核对文件").click()


def a_project(page: Page) -> str:
    """Return the code of some project of 2023."""
    page.goto("/monitoring/execution?year=2023")
    cell = page.locator("main tbody tr td").first
    return cell.inner_text().split("\n")[-1].strip()


def test_a_wrong_list_comes_back_with_red_cells_and_the_right_one_reconciles(
    console: Console, tmp_path: Path
) -> None:
    with console.person("treasury") as page:
        code = a_project(page)
        good = ("示例2023100901", code, 12345.67, date(2023, 9, 28), "示例施工单位")
        bad = ("示例2023100902", "51160000T000000000000", "一万元整", "九月底", "示例施工单位")
        wrong = sheet_of(tmp_path / "九月支付.xlsx", [good, bad])
        look_at(page, wrong)
        assert "没有保存任何内容" in text_of(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="下载已标注的原文件").click()
        assert download.value.suggested_filename == "九月支付（标注）.xlsx"
        download.value.save_as(tmp_path / "marked.xlsx")
        _is_marked(tmp_path / "marked.xlsx")

        right = sheet_of(
            tmp_path / "九月支付（改）.xlsx",
            [good, ("示例2023100902", code, 10000, date(2023, 9, 29), "示例施工单位")],
        )
        look_at(page, right)
        expect(page.get_by_text("文件可以导入；确认后才保存。")).to_be_visible()
        page.get_by_role("button", name="确认导入").click()
        expect(page.locator("#notices")).to_contain_text("新增2笔，更正0笔，未变0笔。")
        look_at(page, right)
        expect(page.get_by_text("文件与已有支付记录完全一致，不需要导入。")).to_be_visible()


def _is_marked(path: Path) -> None:
    """The wrong cells are red and say why; nothing that was typed is lost."""
    sheet = load_workbook(path).worksheets[0]
    cells = {
        cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    for typed in ("一万元整", "九月底"):
        cell = cells[typed]
        assert cell.fill.fgColor.rgb[-6:].upper() not in ("000000", "FFFFFF")
        assert cell.comment is not None
        assert cell.comment.text
    assert cells["示例2023100901"].comment is None
    assert cells[12345.67].comment is None
