"""The walk of 预算股: what may be funded, how much, why, by which clause."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.running import Console, text_of


def test_the_joint_review_list_gives_verdict_amount_reason_and_clause(console: Console) -> None:
    with console.person("budget") as page:
        page.get_by_role("link", name="会审清单").click()
        page.goto("/target/joint-review?year=2024")
        heads = page.locator("main thead th").all_inner_texts()
        for word in ("申请金额", "可安排", "结论", "理由", "依据"):
            assert any(word in head for head in heads)
        tiles = page.locator(".wx-tiles").inner_text()
        for verdict in ("拟安排", "核减", "重新编制"):
            assert verdict in tiles
        assert re.search(r"合计\s*\d+ 个项目", text_of(page))
        cut = page.locator("main tbody tr").filter(has_text="核减").first
        requested, taken, allowed = (_amount(cut, place) for place in (2, 3, 4))
        assert allowed == requested - taken > 0


def test_the_gate_answers_with_reason_and_clause_and_keeps_the_question(console: Console) -> None:
    with console.person("budget") as page:
        for verdict in ("拟安排", "核减", "重新编制"):
            page.goto("/target/joint-review?year=2024")
            row = page.locator("main tbody tr").filter(
                has=page.locator("td:nth-child(6)", has_text=verdict)
            )
            code = row.first.locator("td").first.inner_text().split("\n")[-1].strip()
            page.goto(f"/target/gate?year=2024&code={code}")
            page.get_by_role("button", name="核对", exact=True).click()
            answer = page.locator("#answer")
            expect(answer).to_contain_text(f"核对结果：{verdict}")
            expect(answer).to_contain_text("依据：")
            expect(page.locator("main table tbody tr").first).to_contain_text(code)
        page.get_by_label("项目编码").fill("不存在")
        page.get_by_role("button", name="核对", exact=True).click()
        expect(page.locator("form .wx-message")).to_contain_text("该年度没有这个编码的项目")
        assert page.get_by_label("项目编码").input_value() == "不存在"


def _amount(row: object, place: int) -> float:
    assert hasattr(row, "locator")
    return float(row.locator("td").nth(place).inner_text().replace(",", "").split()[0])


def test_nobody_else_may_ask_the_gate(console: Console) -> None:
    def asks(page: Page) -> int:
        page.goto("/target/gate")
        return page.get_by_role("button", name="核对", exact=True).count()

    with console.person("u124") as page:
        assert asks(page) == 0
