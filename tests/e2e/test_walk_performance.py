"""The walk of 绩效中心, 10 October: the progress table and its Excel, a call, a batch pass."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.e2e.running import Console, text_of

PROGRESS = "/monitoring/progress"


def test_the_progress_table_shows_85_units_and_the_list_of_the_late(
    console: Console, tmp_path: Path
) -> None:
    with console.person("perf") as page:
        page.goto(PROGRESS)
        rows = page.locator("main tbody tr")
        assert rows.count() == 85
        assert "合计" in text_of(page)
        heads = " ".join(page.locator("main thead th").all_inner_texts())
        for word in ("电子件", "纸质件", "退回", "最近催办"):
            assert word in heads
        page.get_by_role("button", name="复制文字").click()
        expect(page.locator("[data-copied]")).not_to_be_empty()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "【绩效运行监控报送提醒】截至2023年10月10日" in copied
        assert "期限2023年10月11日，剩1个工作日" in copied
        with page.expect_download() as download:
            page.get_by_role("link", name="导出 Excel").click()
        download.value.save_as(tmp_path / "progress.xlsx")
    sheet = load_workbook(tmp_path / "progress.xlsx").active
    assert sheet is not None
    units = [str(row[0].value) for row in sheet.iter_rows()]
    assert sum(unit.startswith("县教育局（") for unit in units) == 1


def test_a_telephone_reminder_is_kept_in_the_row(console: Console) -> None:
    with console.person("perf") as page:
        page.goto(PROGRESS)
        page.get_by_label("单位", exact=False).last.select_option(label="县教育局")
        page.get_by_label("接听人").fill("李淑芬")
        page.get_by_label("通话内容").fill("已告知期限，承诺按期报送。")
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.get_by_text("已登记电话催办。")).to_be_visible()
        row = page.locator("main tbody tr").filter(has_text="县教育局").first
        expect(row).to_contain_text("2023年10月10日 李淑芬：已告知期限，承诺按期报送。")


def test_a_batch_passes_the_clear_and_leaves_the_doubtful_out(console: Console) -> None:
    with console.person("perf") as page:
        page.goto("/target/targets?year=2024&tab=todo")
        rows = page.locator("main tbody tr")
        doubtful = rows.filter(has_text="条").count()
        assert doubtful
        page.locator("[data-tick-all]").check()
        page.get_by_role("button", name="批量通过").click()
        expect(page.get_by_role("heading", name="批量通过：办理结果")).to_be_visible()
        left = page.locator("main tbody tr").filter(has_text="有疑点，请逐份审核")
        assert left.count() == doubtful
        assert f"未办 {doubtful} 份" in text_of(page)
