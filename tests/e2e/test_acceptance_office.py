"""Acceptance walk of 业务股室 and 预算股: feedback through the office, two packs, a handover.

What a key review demands leaves through the office; the joint list says 核减 under one place's
pack and 不得安排 under another's, by the same build; a post changes hands, its work follows, its
history stays.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, update

from services.commands.run import CLOCK_FILE
from services.example import EXAMPLE_NOW
from services.example.targets import SCAN
from shared.clock import move_rehearsal_clock
from shared.db.embedded import EmbeddedPostgres
from shared.db.engine import database_url
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from tests.e2e.running import Console, program, sign_in, text_of
from tests.e2e.test_walk_office import login_of

SUCCESSOR, LOGIN, NEW_PASSWORD = "郑新", "zhengxin", "Jiaoke-2023-x"
JOINT = "/target/joint-review?year=2024"


def test_what_a_key_review_demands_reaches_the_unit_through_its_office(console: Console) -> None:
    with console.person("perf") as page:
        page.goto("/target/targets?year=2024&state=awaiting_relay&office=construction")
        row = page.locator("main tbody tr").first
        unit = row.locator("td[data-label=单位]").inner_text().strip()
        project = row.locator("a").first.inner_text()
    with console.person(login_of(unit)) as page:
        page.goto("/?tab=returned")
        assert project not in text_of(page)
    with console.person("office_construction") as page:
        page.goto("/target/targets?year=2024&state=awaiting_relay")
        page.get_by_role("link", name=project).first.click()
        opinion = page.locator(".wx-timeline").inner_text()
        assert "程立新" in opinion  # the 绩效中心 asked, the office hands it on
        page.get_by_role("button", name="转达单位修改").click()
        expect(page.locator("#notices")).to_contain_text("已办理")
    with console.person(login_of(unit)) as page:
        page.goto("/?tab=returned")
        page.get_by_role("link", name=project).first.click()
        assert "退回" in text_of(page)


@pytest.fixture(scope="module")
def elsewhere(open_folder: Path, example: Path, browser: Browser) -> Iterator[Console]:
    """The same build and county under the pack of another place, where the gate blocks."""
    folder, pack = open_folder / "elsewhere", find_pack("shilong-2021")
    subprocess.run(["cp", "-a", str(example), str(folder)], check=True)  # noqa: S603, S607
    with EmbeddedPostgres(folder) as server:
        engine = create_engine(database_url(server.url, "wenxiao_target"))
        with engine.begin() as connection:
            connection.execute(
                update(ActivePolicyRow).values(
                    code=pack.ref.code,
                    version=pack.ref.version,
                    digest=pack.digest,
                    content=dict(pack.content),
                    answers={each.id: each.readings[0][0] for each in pack.questions},
                )
            )
        engine.dispose()
    move_rehearsal_clock(folder / CLOCK_FILE, EXAMPLE_NOW)
    with program(folder) as origin:
        yield Console(origin, folder / CLOCK_FILE, browser)
    shutil.rmtree(folder)


def test_one_build_says_cut_in_one_place_and_none_in_another(
    console: Console, elsewhere: Console
) -> None:
    with console.person("budget") as page:
        page.goto(JOINT)
        row = page.locator("main tbody tr").filter(has_text="核减").first
        code = row.locator("td").first.inner_text().split("\n")[-1].strip()
        here = row.inner_text()
    with elsewhere.person("budget") as page:
        page.goto(JOINT)
        there = page.locator("main tbody tr").filter(has_text=code).first.inner_text()
    assert "酌情削减" in here
    assert "不得安排" in there
    assert "核减" not in there
    assert _clause(here) != _clause(there)


def _clause(line: str) -> str:
    """Return the last cell of a line: the clause the verdict rests on."""
    clause = line.rstrip().split("\t")[-1].strip()
    assert len(clause) > 10, line
    return clause


def test_a_clerks_post_is_handed_over_work_follows_and_history_stays(console: Console) -> None:
    with console.person("office") as page:
        before = _open_tasks(page)
        page.get_by_role("link", name="岗位交接").click()
        handover = page.url.removeprefix(console.origin)
        page.get_by_role("link", name="打印移交单").click()
        code = page.locator(".wx-print-code code").inner_text()
    once = _new_account(console)
    with console.person("secadmin") as page:
        page.goto(handover)
        choice = page.locator("#field-account_id option", has_text=SUCCESSOR)
        page.locator("#field-account_id").select_option(choice.get_attribute("value"))
        page.get_by_label("移交单版本码").fill(code)
        scan = {"name": "移交单.pdf", "mimeType": "application/pdf", "buffer": SCAN}
        page.get_by_label("移交单扫描件").set_input_files(scan)
        page.get_by_role("button", name="确认交接").click()
        expect(page.locator("#notices")).to_contain_text(f"已交接给{SUCCESSOR}")
    with console.window() as page:
        sign_in(page, LOGIN, once)
        page.locator("#field-old").fill(once)
        page.locator("#field-password").fill(NEW_PASSWORD)
        page.locator("#field-again").fill(NEW_PASSWORD)
        page.locator("main form button[type=submit]").click()
        expect(page.get_by_role("heading", name="修改密码")).to_have_count(0)
        assert _open_tasks(page) == before
        page.goto("/target/targets?year=2024&state=fin_perf_review&office=education")
        page.locator("main tbody tr a").first.click()
        assert "贺春燕" in text_of(page)  # what the predecessor did stays hers
    with console.window() as page:
        sign_in(page, "office")
        expect(page.get_by_label("密码")).to_be_visible()


def _open_tasks(page: Page) -> list[str]:
    """Return what waits on the desk."""
    page.goto("/?tab=review")
    return sorted(page.locator("main tbody tr a").all_inner_texts())


def _new_account(console: Console) -> str:
    """Let the system administrator make the successor's account; return the one-time password."""
    with console.person("sysadmin") as page:
        page.goto("/oversight/accounts/new")
        page.get_by_label("姓名").fill(SUCCESSOR)
        page.get_by_label("用户名").fill(LOGIN)
        page.get_by_role("button", name="新建并生成一次性密码").click()
        return page.locator("textarea").input_value().strip()
