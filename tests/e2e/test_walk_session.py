"""A session that ends while somebody writes takes nothing with it."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from services.example import EXAMPLE_NOW
from tests.e2e.running import Console, sign_in

WRITTEN = "写到一半的完成情况，离开了半天。"


def test_what_was_typed_outlives_the_session(console: Console) -> None:
    with console.person("u124") as page:
        page.locator("main td a", has_text="填报绩效运行监控表").first.click()
        page.get_by_label("年度总体目标完成情况").fill(WRITTEN)
        console.set_clock(EXAMPLE_NOW + timedelta(hours=11))
        page.get_by_role("button", name="暂存").click()
        ended = page.locator("#session-ended")
        expect(ended).to_be_visible()
        expect(ended).to_contain_text("内容不会丢失")
        assert page.get_by_label("年度总体目标完成情况").input_value() == WRITTEN
        with page.expect_popup() as popup:
            ended.get_by_role("link").click()
        popup.value.wait_for_load_state()
        sign_in(popup.value, "u124")
        expect(popup.value.get_by_role("heading", name="我的工作台")).to_be_visible()
        popup.value.close()
        page.get_by_role("button", name="暂存").click()
        expect(page.get_by_text("草稿已保存，预警灯已重新计算。")).to_be_visible()
        assert page.get_by_label("年度总体目标完成情况").input_value() == WRITTEN
