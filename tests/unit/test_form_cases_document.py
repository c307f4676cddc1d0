"""The table of published forms in the documents is the one the check gives today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_shows_what_the_check_finds() -> None:
    command = [sys.executable, str(ROOT / "bench" / "form_cases.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 (our own file)
    document = (ROOT / "docs" / "form-check.md").read_text(encoding="utf-8")
    assert document.endswith(ran.stdout)
    assert "漏报0处，误报错误0处" in ran.stdout
