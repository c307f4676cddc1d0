"""Every page the units and their offices can reach is complete, accessible, in plain Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.every_page import Seen, faults_for, faults_of, look, unreached
from tests.e2e.running import DESK, PHONE, Console

ROLES = ("u124", "u124001", "accountant", "office", "perf")


def test_every_page_is_complete_accessible_and_fits(console: Console, shared_folder: Path) -> None:
    seen = Seen(shared_folder / "pages")
    faults = faults_for(console, ROLES, seen)
    assert not faults, "\n".join(faults)
    assert not unreached(seen, 2)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_sign_in_page_is_complete_accessible_and_fits(
    console: Console, size: tuple[int, int]
) -> None:
    with console.window(size) as page:
        page.goto("/sign-in")
        assert faults_of(page.content()) == []
        assert look(page, "/sign-in") == []
