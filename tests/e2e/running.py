"""The program on the example county, started as people start it, and people who use it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response

from services.example import EXAMPLE_NOW
from services.example.people import PASSWORD
from shared.clock import move_rehearsal_clock
from shared.testing.servers import free_port
from shared.web.assets import NODE_MODULES

ROOT = Path(__file__).parents[2]
DESK = (1366, 768)
PHONE = (390, 844)
AXE = (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
READY = "问效已启动"
LIFTED = ("DATABASE_URL", "BROKER_URL", "REHEARSAL_CLOCK", "PUBLIC_URL", "REGION_NAME")
BROWSER_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Console:
    """A running program: its address and its clock."""

    origin: str
    clock_file: Path
    browser: Browser

    def set_clock(self, instant: datetime = EXAMPLE_NOW) -> None:
        """Let the rehearsal clock show `instant` from now on."""
        move_rehearsal_clock(self.clock_file, instant)

    @contextmanager
    def window(self, size: tuple[int, int] = DESK) -> Iterator[Page]:
        """Open a browser window of nobody yet."""
        width, height = size
        context = self.browser.new_context(
            base_url=self.origin,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            accept_downloads=True,
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.origin)
        try:
            yield context.new_page()
        finally:
            context.close()

    @contextmanager
    def person(self, login: str, size: tuple[int, int] = DESK) -> Iterator[Page]:
        """Open a window and sign in as `login`."""
        with self.window(size) as page:
            sign_in(page, login)
            yield page


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Sign in on the sign-in page, as a person types it."""
    page.goto("/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


@contextmanager
def program(data_dir: Path) -> Iterator[str]:
    """Run `wenxiao up --demo` on a data folder; yield its address."""
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.removeprefix("WENXIAO_") not in LIFTED
    }
    environment |= {"WENXIAO_DATA_DIR": str(data_dir), "WENXIAO_PORT": str(port)}
    log = data_dir.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "up", "--demo"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
        try:
            assert process.stdout is not None
            said = next((line for line in process.stdout if READY in line), "")
            assert said, log.read_text(encoding="utf-8")[-2000:]
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=60)
            process.kill()


def violations(page: Page) -> list[tuple[str, str]]:
    """Return what axe-core finds on the page as it stands: rule and first place."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run({resultTypes: ['violations'], preload: false})).violations"
    )
    return [(each["id"], each["nodes"][0]["html"][:300]) for each in found]


def overflow(page: Page) -> str:
    """Return what sticks out on the right of the window, empty when nothing does."""
    return str(
        page.evaluate(
            """() => {
              const root = document.documentElement
              if (root.scrollWidth <= root.clientWidth) return ''
              const wide = [...document.querySelectorAll('main *')].find(
                each => each.getBoundingClientRect().right > root.clientWidth + 1
                  && !each.closest('.wx-table-scroll, .visually-hidden'))
              return wide ? wide.outerHTML.slice(0, 200) : 'the page'
            }"""
        )
    )


def opened(page: Page, path: str) -> Response:
    """Go to `path`; the answer must be a page."""
    response = page.goto(path)
    assert response is not None
    assert response.status == 200, (path, response.status)
    return response


def text_of(page: Page) -> str:
    """Return what stands in the main part, spaces and line ends as one space."""
    return re.sub(r"\s+", " ", page.inner_text("main"))
