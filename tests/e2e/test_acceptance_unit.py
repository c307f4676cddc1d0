"""Acceptance walk of a unit's accountant, `u124`: the self-evaluation, filled in WPS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from services.example.targets import SCAN
from tests.e2e.running import Console, opened, text_of

YEAR = 2022
UNIT, HEAD = "县教育局", "李淑芬"
PROGRESS = f"/evaluation/progress?year={YEAR}"
RED = "FFFF9999"
OWN_SHEET = "我的底稿"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell filled wrongly: what stood in it, what should, and what is said about it."""

    cell: str
    typed: object
    right: object
    said: str


def test_a_wrong_sheet_comes_back_red_is_corrected_and_counts_without_the_head(
    console: Console, tmp_path: Path
) -> None:
    before = _handed_in(console)
    with console.person("u124") as page:
        _open_form(page)
        here = page.url
        sheet = tmp_path / "自评表.xlsx"
        _prefilled(page, sheet)
        wrong = _fill_wrongly(sheet)
        _read_in(page, sheet)
        back = tmp_path / "标注.xlsx"
        _refused(page, wrong, back)
        _same_but_red(sheet, back, wrong)
        _correct(back, wrong)
        _read_in(page, back)
        expect(page.get_by_text("表格已读入，尚未保存；请核对后暂存或报送。")).to_be_visible()
        _sign(page, here)
        _print_with_code(page, here)
    submitted, required = before
    assert _handed_in(console) == (submitted + 1, required)


def _handed_in(console: Console) -> tuple[int, int]:
    """Return what the progress table says of the unit: handed in and owed."""
    with console.person("perf") as page:
        page.goto(PROGRESS)
        row = page.locator("main tbody tr").filter(has=page.get_by_role("link", name=UNIT))
        counts = row.locator("[data-label^='电子件']").inner_text()
        submitted, required = map(int, re.findall(r"\d+", counts))
        return submitted, required


def _open_form(page: Page) -> None:
    page.goto(f"/evaluation/self-evaluations?year={YEAR}&tab=todo&kind=project")
    page.locator("main tbody td a").first.click()
    expect(page.get_by_role("heading", name="填报单位自评")).to_be_visible()


def _prefilled(page: Page, sheet: Path) -> None:
    """Target and budget are on the page, and in the sheet it gives out."""
    assert "取自批复的绩效目标，不能改动" in text_of(page)
    budget = Decimal(page.get_by_label("本年财政拨款全年预算数（万元）").input_value())
    assert budget > 0
    assert "监控时国库数" in text_of(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载自评表").click()
    download.value.save_as(sheet)
    given = load_workbook(sheet).active
    assert Decimal(str(given.cell(_row(given, "本年财政拨款"), 3).value)) == budget
    on_page = page.locator("table:has(caption:text('绩效指标完成情况')) tbody tr")
    assert len(_indicators(given)) == on_page.count()


def _row(sheet: Any, words: str) -> int:
    return next(cells[0].row for cells in sheet.iter_rows() if cells[0].value == words)


def _indicators(sheet: Any) -> range:
    """Return the rows of the indicators, between their heading and the last 合计."""
    return range(_row(sheet, "一级指标") + 1, _row(sheet, "合计"))


def _fill_wrongly(path: Path) -> list[Wrong]:
    """Fill the sheet as it happens: 元 for 万元, 万元 for 元, and points that make 98."""
    book = load_workbook(path)
    sheet = book.active
    budget, total = _row(sheet, "本年财政拨款"), _row(sheet, "年度资金总额")
    spent = sheet.cell(budget, 3).value
    rows = _indicators(sheet)
    for row in rows:
        sheet.cell(row, 8, f"{sheet.cell(row, 5).value}{sheet.cell(row, 6).value or ''}")
        if sheet.cell(row, 4).value == "定性":
            sheet.cell(row, 9, "达成年度指标")
            sheet.cell(row, 10, sheet.cell(row, 7).value)
    for words, text in (
        ("实际完成情况", "全年目标已完成。"),
        ("执行数说明", "四季度按进度支付。"),
        ("评价结论", "完成年度目标。"),
        ("存在问题", "支出进度前慢后快。"),
        ("改进措施", "按月调度支出进度。"),
        ("财务负责人", "周会计"),
    ):
        sheet.cell(_row(sheet, words), 2, text)
    in_yuan = next(row for row in rows if sheet.cell(row, 6).value == "元")
    goal, points = Decimal(sheet.cell(in_yuan, 5).value), int(sheet.cell(rows[0], 7).value)
    wrong = [
        Wrong(f"D{budget}", spent * 10000, spent, "可能把「元」当作「万元」填写"),
        Wrong(f"G{rows[0]}", str(points - 2), str(points), f"分值应为{points}"),
        Wrong(f"H{in_yuan}", f"{goal / 10000}", str(goal), "可能「元」「万元」用错"),
        Wrong(f"G{rows[-1] + 1}", None, None, "共98分，应为100分"),
    ]
    for each in wrong:
        sheet[each.cell] = each.typed
    sheet.cell(total, 4, f"=SUM(D{budget}:D{budget + 2})")
    sheet["L3"] = "出纳已核对"
    book.create_sheet(OWN_SHEET)["B2"] = "=1+1"
    book.save(path)
    return wrong


def _read_in(page: Page, sheet: Path) -> None:
    file = {"name": sheet.name, "mimeType": XLSX, "buffer": sheet.read_bytes()}
    page.get_by_label("填好的自评表").set_input_files(file)
    page.get_by_role("button", name="读入表格").click()


def _refused(page: Page, wrong: list[Wrong], back: Path) -> None:
    """Every mistake is told on the page, what could be read is in the form; fetch the file."""
    expect(page.locator(".wx-errors")).to_be_visible()
    for each in wrong:
        expect(page.locator("main")).to_contain_text(each.said)
    spent = page.get_by_label("本年财政拨款全年执行数（万元）")
    assert Decimal(spent.input_value()) == Decimal(str(wrong[0].typed))
    assert page.get_by_label("评价结论").input_value() == "完成年度目标。"
    with page.expect_download() as download:
        page.get_by_role("button", name="下载标注后的原文件").click()
    assert download.value.suggested_filename == "自评表（问题标注）.xlsx"
    download.value.save_as(back)


def _same_but_red(sent: Path, back: Path, wrong: list[Wrong]) -> None:
    """Only the wrong cells are red and commented; every value, formula and sheet is there."""
    before, after = load_workbook(sent), load_workbook(back)
    assert after.sheetnames == [*before.sheetnames, "问题清单"]
    marked = {each.cell: each.said for each in wrong}
    for name in before.sheetnames:
        old, new = before[name], after[name]
        assert new.merged_cells.ranges == old.merged_cells.ranges
        for cells in old.iter_rows():
            for cell in cells:
                found = new[cell.coordinate]
                assert found.value == cell.value, cell.coordinate
                said = marked.get(cell.coordinate) if name == before.sheetnames[0] else None
                if said is None:
                    assert found.comment is None, cell.coordinate
                    assert found.fill.fgColor.rgb == cell.fill.fgColor.rgb, cell.coordinate
                else:
                    assert found.fill.fgColor.rgb == RED, cell.coordinate
                    assert said in found.comment.text


def _correct(path: Path, wrong: list[Wrong]) -> None:
    book = load_workbook(path)
    for each in wrong:
        book.worksheets[0][each.cell] = each.right
    book.save(path)


def _sign(page: Page, here: str) -> None:
    """Keep the draft, print it for the head to sign, bring the scan; the head signs in nowhere."""
    page.get_by_role("button", name="暂存").click()
    expect(page.get_by_text("草稿已保存，得分已重新计算。")).to_be_visible()
    expect(page.locator("#scores")).to_contain_text("100 分")
    page.goto(f"{here}/print")
    assert "本页只供签字" in text_of(page)
    assert page.locator(".wx-print-code").count() == 0
    page.goto(here)
    for title, name, content in (
        ("自评报告", "自评报告.pdf", SCAN + b"\n%"),
        ("签字（盖章）扫描件", "签字扫描件.pdf", SCAN),
    ):
        file = {"name": name, "mimeType": "application/pdf", "buffer": content}
        page.get_by_label(title).set_input_files(file)
        expect(page.get_by_text(f"已上传 {name}")).to_be_visible()
    page.get_by_label("本单位对所填内容").check()
    page.get_by_label("签字的单位负责人").fill(HEAD)
    page.get_by_role("button", name="报送").click()
    expect(page.locator("#notices")).to_contain_text("已报送，等待审核。")
    assert "业务股室审核" in text_of(page)
    expect(page.get_by_role("link", name="签字扫描件：签字扫描件.pdf")).to_be_visible()


def _print_with_code(page: Page, here: str) -> None:
    """The sheet to be handed in on paper carries the code of what was submitted."""
    code = page.locator("dt:has-text('最新版本码') + dd").inner_text().strip()
    assert re.fullmatch(rf"{YEAR}-[0-9A-F]{{8}}", code)
    opened(page, f"{here}/print")
    page.emulate_media(media="print")
    assert page.locator(".wx-print-code code").inner_text() == code
    expect(page.get_by_text(f"版本码 {code}")).to_be_visible()
    assert not page.get_by_role("button", name="打印（A4）").is_visible()
