"""The walk of a unit's accountant: `u124`, 县教育局经办."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from services.example.people import PASSWORD
from services.example.targets import SCAN
from tests.e2e.running import Console, sign_in, text_of

REPORT = "填报绩效运行监控表"
SCANNED = {"name": "签字扫描件.pdf", "mimeType": "application/pdf", "buffer": SCAN}


def test_a_wrong_password_is_refused_without_saying_which_part(console: Console) -> None:
    with console.window() as page:
        page.goto("/target/targets")
        assert page.url.startswith(f"{console.origin}/sign-in")
        for login, password in (("u124", "wrong"), ("nobody", PASSWORD)):
            sign_in(page, login, password)
            expect(page.get_by_text("用户名或密码不正确")).to_be_visible()
            assert page.get_by_label("账号").input_value() == login
            assert page.get_by_label("密码").input_value() == ""


def test_signing_out_ends_the_session_for_the_back_button_too(console: Console) -> None:
    with console.person("u124") as page:
        page.get_by_role("button", name="账号与岗位").click()
        page.get_by_role("button", name="退出登录").click()
        expect(page.get_by_text("已退出登录。")).to_be_visible()
        page.goto("/monitoring/reports")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_monitoring_report_from_the_desk_to_the_office(console: Console) -> None:
    with console.person("u124") as page:
        expect(page.get_by_role("heading", name="我的工作台")).to_be_visible()
        row = page.locator("main tbody tr").filter(has_text=REPORT).first
        task = row.locator("a")
        assert "剩1个工作日" in row.inner_text()
        project = task.inner_text().partition("：")[2]
        task.click()
        expect(page.get_by_role("heading", name=REPORT)).to_be_visible()
        assert "执行数取自国库支付记录" in text_of(page)
        _type_mistakes(page)
        _correct(page)
        _hand_in(page)
        page.goto("/monitoring/reports?tab=all")
        line = page.locator("main tbody tr").filter(has_text=project)
        expect(line).to_contain_text("业务股室审核")


def _type_mistakes(page: Page) -> None:
    """Hand in too early: every message stands beside its field, and all that was typed stays."""
    first = page.locator("input[name='indicators.0.actual']")
    first.fill("一万多")
    page.get_by_label("年度总体目标完成情况").fill("已完成主体工程，正在验收。")
    page.get_by_role("button", name="报送").click()
    expect(page.locator(".wx-errors")).to_be_visible()
    beside = page.locator("td", has=page.locator("input[name='indicators.0.actual']"))
    expect(beside).to_contain_text("定量指标请填写数字。")
    for message in (
        "请填写截至期完成值。",
        "请填写全年预计执行数。",
        "请选择完成目标的可能性。",
        "请填写签字的单位负责人姓名。",
    ):
        expect(page.locator("form .wx-message", has_text=message).first).to_be_visible()
    assert first.input_value() == "一万多"
    assert page.get_by_label("年度总体目标完成情况").input_value() == "已完成主体工程，正在验收。"


def _correct(page: Page) -> None:
    """Fill all in, with one indicator far behind: lights, and the cause is asked for."""
    for number, row in enumerate(page.locator("main form table tbody tr").all()):
        field = row.locator("[name$='.actual']")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(index=1)
            continue
        target = re.sub(r"[^\d.]", "", row.locator("td").nth(1).inner_text().split("\n")[0])
        field.fill("1" if number == 0 else target or "1")
    page.get_by_label("全年预计执行数").fill("900")
    page.get_by_label("有可能").check()
    lights = page.locator("#lights")
    expect(lights).to_contain_text("须在下方填写偏差原因和纠偏措施")
    expect(lights).to_contain_text("红灯")
    expect(page.locator("main form table tbody tr").first).to_contain_text("红灯")
    page.get_by_role("button", name="暂存").click()
    expect(page.get_by_text("草稿已保存，预警灯已重新计算。")).to_be_visible()
    assert page.get_by_label("全年预计执行数").input_value().startswith("900")


def _hand_in(page: Page) -> None:
    page.get_by_role("button", name="报送").click()
    expect(page.locator("form .wx-message", has_text="请填写纠偏措施。")).to_be_visible()
    page.get_by_label("经费保障").check()
    page.get_by_label("原因说明").fill("工程款待验收后支付。")
    page.get_by_label("纠偏措施").fill("十月底前完成验收，十一月支付。")
    page.get_by_label("责任人", exact=True).fill("周建国")
    page.get_by_label("完成期限").fill("2023-11-30")
    page.get_by_label("本单位对所填内容").check()
    page.get_by_label("签字的单位负责人").fill("李淑芬")
    page.get_by_label("签字（盖章）扫描件").set_input_files(SCANNED)
    expect(page.get_by_text("已上传 签字扫描件.pdf")).to_be_visible()
    page.get_by_role("button", name="报送").click()
    expect(page.get_by_text("已报送，等待审核。")).to_be_visible()


def test_a_target_draft_adds_up_beside_the_form_and_loses_nothing(console: Console) -> None:
    with console.person("u124") as page:
        page.goto("/target/targets?year=2024&state=draft")
        page.locator("main tbody td a").first.click()
        expect(page.get_by_role("heading", name="填报绩效目标")).to_be_visible()
        total = page.locator("[data-total-text]")
        assert "符合要求" in total.inner_text()
        weight = page.locator("[name='indicators.0.weight']")
        right = weight.input_value()
        weight.fill("8")
        assert "应为 90" in total.inner_text()
        page.get_by_label("年度总体目标").fill("写到一半的目标")
        page.get_by_role("button", name="保存并去报送").click()
        expect(page.locator(".wx-errors")).to_be_visible()
        assert page.get_by_label("年度总体目标").input_value() == "写到一半的目标"
        assert page.locator("[name='indicators.0.weight']").input_value() == "8"
        page.locator("[name='indicators.0.weight']").fill(right)
        page.get_by_role("button", name="保存并去报送").click()
        expect(page.get_by_role("heading", name="报送绩效目标")).to_be_visible()
        page.get_by_label("签字的单位负责人").fill("李淑芬")
        page.get_by_label("扫描件或电子签章文件").set_input_files(SCANNED)
        page.get_by_label("本单位承诺").check()
        page.get_by_role("button", name="报送").click()
        expect(page.locator("#notices")).to_contain_text("已报送，现为「业务股室审核」。")
