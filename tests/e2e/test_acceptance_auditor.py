"""Acceptance walk of the auditor: one project asked for, granted, pulled, packed, received, ended.

The audit office's own system works by signed requests; finance answers on its pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, expect

from services.example import EXAMPLE_NOW
from shared.crypto.keys import KeyStore, SigningKey
from shared.ids import new_id
from shared.sharing.verify_share import chain_start, chained, verify_file
from shared.web.message_signatures import SignedRequest, sign_request
from tests.e2e.running import Console

API = "/oversight/api/v1"
PURPOSE, YEAR = "学前教育补助专项审计", 2022
AFTER_THE_END = datetime(2023, 10, 14, 1, 0, tzinfo=UTC)
FIELDS = {
    "target": ["annual_goal", "approved_amount", "indicators"],
    "payment_summary": ["payments", "executed"],
    "evaluation": ["total", "grade"],
    "rectification": ["number", "title", "state"],
}


@dataclass
class AuditSystem:
    """The audit office's system: it signs every request."""

    origin: str
    client: tuple[str, str]
    key: SigningKey
    now: datetime = EXAMPLE_NOW
    token: str = ""

    def sign_in(self) -> None:
        form = {"grant_type": "client_credentials"}
        answer = requests.post(
            f"{self.origin}/oauth/token", data=form, auth=self.client, timeout=30
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> requests.Response:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        signed = SignedRequest(method, f"{self.origin}{API}{path}", headers, content)
        headers = sign_request(signed, self.key, nonce=str(new_id()), now=self.now)
        return requests.request(
            method, replace(signed).url, headers=headers, data=content, timeout=30
        )


def test_one_project_is_granted_pulled_packed_received_and_ended(
    console: Console, tmp_path: Path
) -> None:
    system = _registered(console, tmp_path)
    code = _a_project(console)
    asked = system.call("POST", "/sharing/requests", {
        "entries": FIELDS, "years": [YEAR], "purpose": PURPOSE, "basis": "岳审通〔2023〕31号",
        "wanted_until": "2023-12-29", "project_codes": [code],
    })  # fmt: skip
    assert asked.status_code == 201, asked.text
    _granted(console, asked.json()["number"])
    (grant,) = system.call("GET", "/sharing/grants?limit=1").json()["items"]
    assert (grant["purpose"], grant["expires_on"]) == (PURPOSE, "2023-10-12")
    (project,) = grant["scope"]["project_ids"]
    opened = system.call(
        "POST", f"/sharing/grants/{grant['grant_id']}/deliveries", {"project_id": project}
    )
    here = f"/sharing/deliveries/{opened.json()['delivery_id']}"
    chains = {entry: _pulled(system, here, entry) for entry in FIELDS}
    package, pem = tmp_path / "evidence.zip", system.call("GET", "/sharing/key").json()
    package.write_bytes(system.call("GET", f"{here}/package").content)
    report = verify_file(package, [pem["public_pem"]])
    assert report.is_intact, report.findings
    assert report.chains == chains
    assert report.records["target"] == 1
    assert report.records["payment_summary"] == 1
    receipt = system.call("POST", f"{here}/receipt", {"digests": chains})
    assert receipt.status_code == 200, receipt.text
    with console.person("perf") as page:
        _open(page, PURPOSE)
        expect(page.locator("main")).to_contain_text("已回执，摘要一致")
        page.get_by_role("link", name="使用记录").click()
        expect(page.locator("main tbody tr")).to_have_count(2 * len(FIELDS))
    _posts_a_finding(console, system)
    console.set_clock(AFTER_THE_END)
    system.now = AFTER_THE_END
    system.sign_in()
    late = system.call("GET", f"{here}/records?entry=target")
    assert (late.status_code, late.json()["code"]) == (409, "grant_ended")
    console.set_clock()


def _registered(console: Console, tmp_path: Path) -> AuditSystem:
    """The security administrator registers the system, and the key it signs with."""
    key = KeyStore(tmp_path / "audit").signing_key("client")
    with console.person("secadmin") as page:
        page.goto("/oversight/clients/new")
        page.get_by_label("系统名称").fill("审计业务系统")
        page.get_by_label("角色").select_option("audit_system")
        page.get_by_role("button", name="登记并生成密钥").click()
        expect(page.locator("main")).to_contain_text("取得令牌的地址")
        found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", page.locator("main").inner_text())
        assert found
        secret = page.locator("main [readonly], main code").first
        given = secret.evaluate("each => each.value || each.textContent")
        page.goto("/oversight/clients")
        row = page.locator("main tbody tr", has_text=found[0])
        row.get_by_role("button", name="登记公钥").click()
        page.get_by_role("dialog").get_by_label("公钥（PEM）").fill(key.public_pem)
        page.get_by_role("dialog").get_by_role("button", name="登记公钥").click()
        expect(page.locator("#notices")).to_contain_text(key.key_id)
    system = AuditSystem(console.origin, (found[0], str(given).strip()), key)
    system.sign_in()
    bare = requests.get(
        f"{console.origin}{API}/sharing/grants",
        headers={"Authorization": f"Bearer {system.token}"},
        timeout=30,
    )
    assert (bare.status_code, bare.json()["code"]) == (401, "signature_refused")
    return system


def _a_project(console: Console) -> str:
    with console.person("auditor") as page:
        page.goto(f"/target/projects?year={YEAR}")
        found = re.search(r"\d{6}22T\w{9,}", page.locator("main tbody").inner_text())
        assert found
        return found[0]


def _granted(console: Console, number: str) -> None:
    """Finance checks, then grants until the day after tomorrow."""
    with console.person("perf") as page:
        page.goto("/?tab=review")
        page.get_by_role("link", name=re.compile(f"审查共享申请：{number}")).click()
        page.get_by_role("button", name="通过审查").click()
        page.get_by_role("dialog").get_by_role("button", name="通过审查").click()
        expect(page.locator("#notices")).to_contain_text("通过合规性审查")
        page.get_by_label("有效期止").fill("2023-10-12")
        page.get_by_role("button", name="授权共享").click()
        expect(page.locator("#notices")).to_contain_text("已授权")


def _pulled(system: AuditSystem, here: str, entry: str) -> str:
    chain, cursor = chain_start(entry), "1"
    while cursor:
        page = system.call("GET", f"{here}/records?entry={entry}&cursor={cursor}").json()
        for item in page["items"]:
            chain = chained(chain, item["digest"])
        assert page["chain"] == chain
        cursor = page["next_cursor"]
    return chain


def _open(page: Page, purpose: str) -> None:
    page.goto("/oversight/sharing")
    page.get_by_role("link", name=purpose).click()


def _posts_a_finding(console: Console, system: AuditSystem) -> None:
    """The audit's finding is finance's to see and not to close."""
    posted = system.call("POST", "/findings", {
        "fiscal_year": YEAR, "unit_code": "124", "source": "audit", "source_key": "2023-31-1",
        "source_document": "岳审报〔2023〕31号", "title": "补助资金拨付不及时",
        "description": "年底仍未拨付。", "category": "fund_use",
    })  # fmt: skip
    assert posted.status_code == 201, posted.text
    found = posted.json()
    with console.person("perf") as page:
        page.goto(f"/oversight/findings/{YEAR}/{found['finding_id']}")
        expect(page.locator("main")).to_contain_text("补助资金拨付不及时")
        assert page.get_by_role("link", name="认定").count() == 0


def test_finance_cannot_close_an_audit_finding_and_a_part_recognised_changes_the_totals(
    console: Console,
) -> None:
    with console.person("auditor") as page:
        page.goto("/?tab=review")
        here = page.get_by_role("link", name=re.compile("认定整改结果")).first.get_attribute("href")
        assert here
    before = _totals(console)
    with console.person("perf") as page:
        page.goto(here)
        assert page.get_by_role("link", name="认定整改结果").count() == 0
        page.goto(f"{here}/recognition")
        page.get_by_label("整改到位，销号").check()
        page.get_by_role("button", name="认定整改结果").click()
        expect(page.locator("main")).to_contain_text("须由审计机关办理")
    assert _totals(console) == before
    with console.person("auditor") as page:
        page.goto(f"{here}/recognition")
        page.get_by_label("部分整改，继续整改其余").check()
        page.get_by_label("归还原渠道").fill("5")
        page.get_by_label("认定意见").fill("部分整改到位，其余继续整改。")
        page.get_by_role("button", name="认定整改结果").click()
        page.wait_for_url(lambda url: not url.endswith("/recognition"))
        expect(page.locator("main")).to_contain_text("整改中")
    assert _totals(console) != before


def _totals(console: Console) -> str:
    """Return what the report counts: findings and money, put right and not."""
    with console.person("perf") as page:
        page.goto("/oversight/rectification-report")
        return page.locator("main").inner_text()
