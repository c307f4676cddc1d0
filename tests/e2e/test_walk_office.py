"""The walk of a 业务股室, `office`: what it returns arrives at the unit with its reason."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from services.example.people import read_data
from tests.e2e.running import Console, text_of

REASON = "效益指标缺少可量化的数值，请补充。"


def login_of(unit: str) -> str:
    """Return the account of a unit's operator."""
    codes = {each["name"]: each["code"] for each in read_data("units")["unit"]}
    return f"u{codes[unit]}"


def test_a_target_is_seen_side_by_side_and_returned_with_a_reason(console: Console) -> None:
    with console.person("office") as page:
        page.goto("/?tab=review")
        row = page.locator("main tbody tr").filter(has_text="审核绩效目标").first
        unit = row.locator("td").nth(2).inner_text().strip()
        project = row.locator("a").inner_text().partition("：")[2]
        row.locator("a").click()
        _look(page)
        page.get_by_role("button", name="退回修改").click()
        expect(page.locator(".wx-errors")).to_be_visible()
        page.get_by_label("审核意见", exact=True).fill(REASON)
        page.get_by_role("button", name="退回修改").click()
        expect(page.locator("#notices")).to_contain_text("已办理")
    with console.person(login_of(unit)) as page:
        page.get_by_role("link", name="被退回").click()
        page.get_by_role("link", name=project).click()
        assert REASON in text_of(page)
        assert "退回修改" in text_of(page)


def _look(page: Page) -> None:
    """Target, budget, last year and doubts stand side by side on one page."""
    panels = page.locator(".wx-compare section")
    titles = [each.split("\n")[0] for each in panels.all_inner_texts()]
    assert [title[:4] for title in titles] == ["系统疑点", "绩效目标", "预算", "上年目标"]
    assert "请核对" in panels.first.inner_text()
    tops = panels.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len({round(top) for top in tops}) == 1
    assert "万元" in panels.nth(2).inner_text()


def test_a_clear_target_passes_once_the_required_checks_are_ticked(console: Console) -> None:
    with console.person("office_construction") as page:
        page.goto("/?tab=review")
        page.get_by_role("link", name="审核绩效目标").first.click()
        page.get_by_role("button", name="通过", exact=True).click()
        expect(page.locator(".wx-errors")).to_be_visible()
        for box in page.locator("#review input[type=checkbox]").all():
            box.check()
        page.get_by_role("button", name="通过", exact=True).click()
        expect(page.locator("#notices")).to_contain_text("已办理，目标现为「绩效中心审核」。")
