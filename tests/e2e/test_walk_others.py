"""The walks of those beside the business: auditor and the three administrators."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.running import Console, opened, text_of

BUSINESS = (
    "/target/projects",
    "/target/targets",
    "/target/gate",
    "/monitoring/reports",
    "/monitoring/progress",
    "/evaluation/objects",
)


def test_the_auditor_sees_the_same_facts_and_changes_nothing(console: Console) -> None:
    with console.person("auditor") as page:
        opened(page, "/target/targets?year=2023")
        page.locator("main tbody td a").first.click()
        assert "绩效指标" in text_of(page)
        assert page.locator("main form[method=post]").count() == 0
        opened(page, "/monitoring/reports?tab=all")
        page.locator("main tbody td a").first.click()
        assert "国库支付" in text_of(page)
        assert page.locator("main form[method=post]").count() == 0


@pytest.mark.parametrize(
    ("login", "place"),
    [
        ("sysadmin", "/oversight/events"),
        ("secadmin", "/oversight/posts"),
        ("auditadmin", "/oversight/trail"),
    ],
)
def test_an_administrator_has_a_desk_and_sees_no_business_data(
    console: Console, login: str, place: str
) -> None:
    with console.person(login) as page:
        expect(page.get_by_role("heading", name="我的工作台")).to_be_visible()
        assert page.locator(".wx-tile").count() >= 2
        assert page.locator(f"nav a[href='{place}']").count() == 1
        opened(page, place)
        for path in BUSINESS:
            assert page.locator(f"nav a[href='{path}']").count() == 0
            assert page.request.get(path).status == 403


def test_the_security_administrator_appoints_and_the_audit_administrator_sees_it(
    console: Console,
) -> None:
    with console.person("secadmin") as page:
        opened(page, "/oversight/posts")
        page.get_by_role("link", name="设置岗位").click()
        expect(page.get_by_role("heading", name="设置岗位")).to_be_visible()
    with console.person("auditadmin") as page:
        opened(page, "/oversight/trail")
        page.get_by_role("button", name="立即核验").click()
        expect(page.locator("#notices")).to_have_text(re.compile("核验|一致|完好"))
