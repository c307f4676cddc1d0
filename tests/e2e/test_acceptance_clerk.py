"""Acceptance walk of a clerk of 绩效股, `perf`: the morning of 10 October on the progress table."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from services.example.targets import SCAN
from tests.e2e.running import Console, text_of
from tests.e2e.test_walk_office import login_of

PROGRESS, COUNTER = "/monitoring/progress", "/monitoring/paper"
DUE, EXTENDED = "2023年10月11日", "2023年10月18日"
DOCUMENT = "岳财绩〔2023〕12号"


def test_progress_old_paper_late_list_and_ten_units_extended(console: Console) -> None:
    old, new = _two_versions(console)
    with console.person("perf") as page:
        _take_paper(page, old, new)
        late = _late_units(page)
        copied = _copy_list(page, late)
        assert copied.count(f"（期限{DUE}，剩1个工作日") == len(late)
        chosen = _extend_ten(page)
        _extended(page, chosen, late)
        copied = _copy_list(page, late)
        assert copied.count(f"（期限{EXTENDED}，剩6个工作日") == 10
        assert copied.count(f"（期限{DUE}，剩1个工作日") == len(late) - 10
    with console.person(login_of(chosen[0])) as page:
        page.goto("/monitoring/reports")
        due = page.locator("main .wx-due", has=page.locator("del")).first
        assert re.sub(r"\s+", "", due.inner_text()) == f"{DUE}{EXTENDED}剩6个工作日"


def _two_versions(console: Console) -> tuple[str, str]:
    """A unit has printed its report, got it back and handed it in again; return both codes."""
    with console.person("office_politics") as page:
        page.goto("/monitoring/reports?tab=review&paper=1")
        row = page.locator("main tbody tr").first
        unit = row.locator("[data-label='填报单位']").inner_text().strip()
        here = row.locator("a").get_attribute("href") or ""
        page.goto(f"{here}/print")
        old = page.locator(".wx-print-code code").inner_text()
        page.goto(here)
        page.get_by_label("意见", exact=True).fill("偏差原因过于笼统，请补充。")
        page.get_by_role("button", name="退回").click()
        expect(page.locator("#notices")).to_contain_text("已退回单位修改")
    with console.person(login_of(unit)) as page:
        page.goto(here)
        page.get_by_label("原因说明").fill("雨季停工两个月，九月复工。")
        page.get_by_label("本单位对所填内容").check()
        page.get_by_label("签字的单位负责人").fill("王建国")
        scan = {"name": "签字扫描件.pdf", "mimeType": "application/pdf", "buffer": SCAN}
        page.get_by_label("签字（盖章）扫描件").set_input_files(scan)
        expect(page.get_by_text("已上传 签字扫描件.pdf")).to_be_visible()
        page.get_by_role("button", name="报送").click()
        expect(page.get_by_text("已报送，等待审核。")).to_be_visible()
        page.goto(f"{here}/print")
        new = page.locator(".wx-print-code code").inner_text()
    assert new != old
    return old, new


def _take_paper(page: Page, old: str, new: str) -> None:
    """The old version is warned of and cannot be taken; the new one counts."""
    before = _papers(page)
    _look_up(page, old)
    warning = page.get_by_role("alert")
    expect(warning).to_contain_text("旧版，不能收件。")
    expect(warning).to_contain_text(f"最新版本码为 {new}")
    assert page.get_by_role("button", name="确认收件").count() == 0
    assert _papers(page) == before
    _look_up(page, new)
    page.get_by_role("button", name="确认收件").click()
    expect(page.locator("#notices")).to_contain_text("已登记收到")
    assert _papers(page) == before + 1


def _look_up(page: Page, code: str) -> None:
    page.goto(COUNTER)
    page.get_by_label("版本码").fill(code)
    page.get_by_role("button", name="查找").click()


def _papers(page: Page) -> int:
    """Return how many paper copies the progress table counts as received."""
    page.goto(PROGRESS)
    found = re.search(r"合计：电子件\d+/\d+份，纸质件(\d+)/", text_of(page))
    assert found
    return int(found[1])


def _late_units(page: Page) -> list[str]:
    """Return the units that still owe a report, all of them due tomorrow."""
    page.goto(PROGRESS)
    rows = page.locator("main tbody tr")
    assert rows.count() == 85
    late = rows.filter(has=page.locator("[data-tick]"))
    assert late.filter(has_text=DUE).filter(has_text="剩1个工作日").count() == late.count() > 10
    return late.locator("td a").all_inner_texts()


def _copy_list(page: Page, late: list[str]) -> str:
    """Copy the list of the late; it is what the page shows and names each of them once."""
    shown = page.locator("textarea[readonly]").input_value()
    page.get_by_role("button", name="复制文字").click()
    expect(page.locator("[data-copied]")).not_to_be_empty()
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert copied == shown
    assert f"截至2023年10月10日，还有{len(late)}个单位" in copied
    assert re.findall(r"^\d+\. (.+?)：\d+份（期限", copied, re.MULTILINE) == late
    return copied


def _extend_ten(page: Page) -> list[str]:
    """Extend ten units; without a basis document the form says so beside the field."""
    late = page.locator("main tbody tr").filter(has=page.locator("[data-tick]"))
    chosen = late.locator("td a").all_inner_texts()[:10]
    for place in range(10):
        late.nth(place).locator("[data-tick]").check()
    expect(page.locator("[data-batch-count]")).to_have_text("10")
    page.get_by_role("button", name="延长所选单位的期限").click()
    expect(page.locator("main")).to_contain_text(
        f"已选 10 个单位（含所属单位）：{'、'.join(chosen)}。"
    )
    page.get_by_label("新的期限").fill("2023-10-18")
    page.get_by_label("延期原因").fill("系统切换，统一顺延。")
    page.get_by_role("button", name="确认延期").click()
    basis = page.locator(".wx-field", has=page.get_by_label("依据文号"))
    expect(basis.locator(".wx-message")).to_contain_text("依据")
    assert page.locator(".wx-field .wx-message").count() == 1
    assert page.get_by_label("新的期限").input_value() == "2023-10-18"
    assert page.get_by_label("延期原因").input_value() == "系统切换，统一顺延。"
    page.get_by_label("依据文号").fill(DOCUMENT)
    page.get_by_role("button", name="确认延期").click()
    expect(page.locator("#notices")).to_contain_text("原期限仍可查看。")
    return chosen


def _extended(page: Page, chosen: list[str], late: list[str]) -> None:
    """The ten show old and new date and the days left counted anew; the others are as before."""
    rows = page.locator("main tbody tr")
    for unit in late:
        row = rows.filter(has=page.get_by_role("link", name=unit, exact=True))
        due = re.sub(r"\s+", "", row.locator(".wx-due").inner_text())
        expected = f"{DUE}{EXTENDED}剩6个工作日" if unit in chosen else f"{DUE}剩1个工作日"
        assert due == expected, unit
        assert row.locator("del").all_inner_texts() == ([DUE] if unit in chosen else [])
