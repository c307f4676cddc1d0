"""One browser for all; the example county, copied for every file of tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from services.commands.run import CLOCK_FILE
from services.example import EXAMPLE_NOW
from shared.clock import move_rehearsal_clock
from tests.e2e.running import BROWSER_ARGUMENTS, Console, program


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Debian's Chromium without the interface of a window, which nobody would see here.
        opened = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=list(BROWSER_ARGUMENTS)
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def console(
    request: pytest.FixtureRequest, open_folder: Path, example: Path, browser: Browser
) -> Iterator[Console]:
    """The program on a county of this file's own, at nine on the rehearsal day."""
    folder = open_folder / request.module.__name__.rpartition(".")[2]
    # Of the shell's own tools: files of the database belong to its user, and have to stay so.
    subprocess.run(["cp", "-a", str(example), str(folder)], check=True)  # noqa: S603, S607
    move_rehearsal_clock(folder / CLOCK_FILE, EXAMPLE_NOW)
    with program(folder) as origin:
        yield Console(origin, folder / CLOCK_FILE, browser)
    shutil.rmtree(folder)
