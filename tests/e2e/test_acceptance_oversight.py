"""Acceptance walk of the oversight officer: an overdue finding is driven by a letter."""

from __future__ import annotations

import re
import zipfile

from playwright.sync_api import Page, expect

from services.example.targets import SCAN
from tests.e2e.running import Console, opened, text_of

STAMPED = {"name": "催办函（盖章）.pdf", "mimeType": "application/pdf", "buffer": SCAN}


def test_an_overdue_finding_is_driven_by_a_letter(console: Console) -> None:
    """Filter 2023, open an overdue finding, make the letter, record its number and scan."""
    with console.person("perf") as page:
        finding = _open_an_overdue_finding(page)
        _send_a_letter(page, finding)
        _see_what_was_kept(page, finding)
        _refusal_without_proof_is_refused(page, finding)


def _open_an_overdue_finding(page: Page) -> str:
    """Filter the ledger as a person does; return the address of the first finding of finance."""
    opened(page, "/oversight/today")
    page.get_by_role("link", name="整改台账").last.click()
    page.get_by_label("预算年度").select_option("2023")
    page.get_by_label("期限", exact=True).select_option(label="已逾期")
    page.get_by_role("button", name="查询").click()
    row = (
        page.locator("main tbody tr")
        .filter(has_text=re.compile("整改中|待签收|待报方案"))
        .filter(has_not_text="审计")
        .filter(has_not_text="催办")
        .filter(has_not_text="拒不整改")
        .first
    )
    expect(row).to_contain_text(re.compile("逾期"))
    row.locator("a[href^='/oversight/findings/']").first.click()
    expect(page.locator("main")).to_contain_text("期限依据：yuechi-2023")
    expect(page.locator("main")).to_contain_text("前不计后果")  # the local buffer, by its date
    return page.url


def _send_a_letter(page: Page, finding: str) -> None:
    """Draft the letter, take the Word file, then record number, date and stamped scan."""
    page.get_by_role("link", name="催办", exact=True).click()
    page.get_by_label("催办函", exact=True).check()
    page.get_by_role("button", name="催办", exact=True).click()
    expect(page.get_by_text("催办已登记。")).to_be_visible()
    page.goto("/oversight/today")
    page.locator("main a[href*='/urging/letters/']").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Word").click()
    with zipfile.ZipFile(download.value.path()) as word:
        assert "催办" in word.read("word/document.xml").decode()
    page.get_by_role("button", name="登记发出").click()
    for message in ("请填写催办函文号。", "请上传"):
        expect(page.locator("form .wx-message", has_text=message).first).to_be_visible()
    page.get_by_label("文号").fill("岳财绩函〔2023〕21号")
    page.get_by_label("盖章扫描件").set_input_files(STAMPED)
    page.get_by_role("button", name="登记发出").click()
    expect(page.get_by_text("已登记发出，计入催办次数。")).to_be_visible()
    page.goto(finding)


def _see_what_was_kept(page: Page, finding: str) -> None:
    """The letter stands on the finding and in its timeline; nothing else has happened."""
    text = text_of(page)
    assert "岳财绩函〔2023〕21号" in text
    assert "登记发出催办函" in text or "发出催办函" in text
    assert "催办1次" in text
    assert "前不计后果" in text
    assert "问责案件" not in text
    assert page.url == finding


def _refusal_without_proof_is_refused(page: Page, finding: str) -> None:
    """One letter is not proof enough; the reason is said and nothing is marked."""
    page.get_by_role("link", name="认定拒不整改").click()
    page.get_by_label("认定理由").fill("多次催办仍未整改。")
    page.get_by_label("签批的领导").fill("程立新")
    page.get_by_label("领导签批件扫描件").set_input_files(STAMPED)
    page.get_by_role("button", name="认定拒不整改").click()
    expect(page.locator("main")).to_contain_text("认定拒不整改须先催办2次并留有证明")
    expect(page.locator("main")).to_contain_text("目前只有1次")
    page.goto(finding)
    expect(page.locator("main").get_by_text("拒不整改", exact=True)).to_have_count(0)
