"""Who may import whom: the contracts of `pyproject.toml`, and that they can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from source import ROOT

VIOLATIONS = {
    "services/target_svc/domain/chain.py": "import services.eval_svc.store.objects",
    "services/monitor_svc/domain/lights.py": "import sqlalchemy",
    "shared/money.py": "import services.registry",
    "services/eval_svc/store/objects.py": "import services.eval_svc.usecases.register_object",
    "services/oversight_svc/usecases/sign_out.py": "import flask",
    "shared/outbox/relay.py": "import pika",
    "shared/outbox/processor.py": "import opentelemetry.trace",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ("from importlinter.cli import lint_imports; import sys;"
         "sys.exit(lint_imports(no_cache=True))")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for name in ("services", "shared"):
        skipped = shutil.ignore_patterns("__pycache__", "vendor", "*.html", "samples", "data")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_planted_violation_is_caught(copy: Path) -> None:
    for name, line in VIOLATIONS.items():
        path = copy / name
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1
    assert result.stdout.count("BROKEN") >= len(VIOLATIONS), result.stdout
