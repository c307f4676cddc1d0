"""Every page of finance's other people, the bodies and the administrators; see the twin file."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.every_page import Seen, faults_for, unreached
from tests.e2e.running import Console

ROLES = (
    "budget",
    "treasury",
    "leader",
    "auditor",
    "discipline",
    "sysadmin",
    "secadmin",
    "auditadmin",
)


def test_every_page_is_complete_accessible_and_fits(console: Console, shared_folder: Path) -> None:
    seen = Seen(shared_folder / "pages")
    faults = faults_for(console, ROLES, seen)
    assert not faults, "\n".join(faults)
    assert not unreached(seen, 2)
