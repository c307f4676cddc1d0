"""The shell in a real browser, under a content security policy stricter than the served one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from shared.web.assets import NODE_MODULES
from tests.e2e.gallery_app import gallery

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
PATHS = (
    "/",
    "/oversight/findings?state=doing",
    "/oversight/findings?q=没有",
    "/oversight/findings/12",
    "/target/targets",
    "/sign-in",
    "/problem",
    "/empty",
)
FOCUSABLE = (
    "[...document.querySelectorAll('a[href],button,input,select,textarea,summary')]"
    ".filter(e => e.getClientRects().length && !e.disabled && e.type !== 'hidden'"
    " && !(e.type === 'radio' && !e.checked)"
    " && getComputedStyle(e).visibility !== 'hidden')"
)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_pages_are_accessible_fit_and_break_no_policy(page: Page, origin: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    axe = Path(AXE).read_text(encoding="utf-8")
    for path in PATHS:
        page.goto(origin + path)
        page.wait_for_load_state("networkidle")
        assert said == [], path
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, path
        found = page.evaluate(f"async () => {{ {axe}; return (await axe.run()).violations }}")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], path


def test_tab_reaches_everything(page: Page, origin: str) -> None:
    page.goto(f"{origin}/target/targets")
    page.wait_for_load_state("networkidle")
    page.evaluate(f"{FOCUSABLE}.forEach((each, place) => {{ each.dataset.place = place }})")
    wanted = set(page.evaluate(f"{FOCUSABLE}.map(each => each.dataset.place)"))
    reached: set[str] = set()
    for _ in range(len(wanted) + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.place"))
    assert wanted <= reached


def test_rows_move_by_keyboard_and_weights_add_up_while_typing(page: Page, origin: str) -> None:
    page.goto(f"{origin}/target/targets")
    total = page.locator("[data-total-text]")
    assert total.inner_text() == "合计 98.00，应为 90.00"
    page.fill('[name="indicators.2.weight"]', "３２")  # noqa: RUF001 (as typed with an input method)
    assert total.inner_text() == "合计 90.00，符合要求"
    page.focus('[name="indicators.1.name"]')
    page.keyboard.press("Alt+ArrowUp")
    assert page.input_value('[name="indicators.0.name"]') == "路况优良率"
    assert page.evaluate("document.activeElement.name") == "indicators.0.name"
    page.click("[data-row-add]")
    assert page.evaluate("document.activeElement.name") == "indicators.3.level"
    page.click('[aria-label="删除第1行"]')
    assert page.input_value('[name="indicators.0.name"]') == "养护里程"


def test_a_refused_form_leads_to_its_fields(page: Page, origin: str) -> None:
    page.goto(f"{origin}/target/targets")
    page.fill("[name=title]", "")
    page.fill('[name="indicators.0.weight"]', "三十")
    page.click("button[value=submit]")
    page.wait_for_selector(".wx-errors")
    assert "有 2 处需要改正" in page.inner_text(".wx-errors")
    assert page.input_value('[name="indicators.0.weight"]') == "三十"
    page.click(".wx-errors li:nth-child(2) a")
    assert page.evaluate("document.activeElement.name") == "indicators.0.weight"


def test_rows_are_ticked_sent_and_the_outcome_said_once(page: Page, origin: str) -> None:
    page.goto(f"{origin}/oversight/findings")
    assert not page.is_visible("[data-batch-bar]")
    page.check("[data-tick] >> nth=0")
    page.check("[data-tick] >> nth=1")
    assert page.inner_text("[data-batch-count]") == "2"
    page.click("text=批量催办")
    page.wait_for_selector(".wx-alert-green")
    assert page.inner_text("#notices").strip() == "已生成2份催办函。"


def test_amounts_change_unit_without_losing_a_digit(page: Page, origin: str) -> None:
    page.goto(f"{origin}/oversight/findings")
    amount = page.locator('[data-yuan="2190466.37"] [data-amount]')
    assert amount.inner_text() == "219.05"
    page.click('[data-money-unit="元"]')
    assert amount.inner_text() == "2,190,466.37"
    page.click('[data-money-unit="亿元"]')
    assert amount.inner_text() == "0.0219"
    halves = "['-50.00', '49.99', '9999999999999950.00'].map(v => wenxiaoAmounts.format(v, 4, 2))"
    assert page.evaluate(halves) == ["-0.01", "0.00", "1,000,000,000,000.00"]


def test_a_dialog_asks_once_and_why(page: Page, origin: str) -> None:
    page.goto(f"{origin}/oversight/findings/12")
    page.click("[data-dialog=refuse]")
    assert page.is_visible("#refuse")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.press("Escape")
    assert not page.is_visible("#refuse")
    assert page.evaluate("document.activeElement.dataset.dialog") == "refuse"


def test_the_end_of_the_session_is_said_and_nothing_lost(page: Page, origin: str) -> None:
    page.clock.install()
    page.goto(f"{origin}/target/targets")
    page.fill("[name=title]", "写到一半")
    page.route("**/session", lambda route: route.fulfill(status=401, body=""))
    page.clock.fast_forward("05:01")
    page.wait_for_selector("#session-ended:not([hidden])")
    assert "内容不会丢失" in page.inner_text("#session-ended")
    assert page.input_value("[name=title]") == "写到一半"
