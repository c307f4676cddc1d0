"""The systemd units: valid, and as confined as the guide says."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "deploy/single-computer/system"
INSTALL = (ROOT / "deploy/single-computer/install.sh").read_text("utf-8")
MOST_EXPOSED = 20
"""Tenths of systemd's own scale, from 0 (confined) to 100 (open)."""
CONFINED = {
    "NoNewPrivileges": "yes",
    "PrivateTmp": "yes",
    "ProtectSystem": "strict",
    "CapabilityBoundingSet": "",
    "User": "wenxiao",
}


def settings(unit: Path) -> dict[str, list[str]]:
    """Return the settings of a unit's [Service], each with all its values in order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in unit.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


SERVICES = sorted(SYSTEM.glob("*.service"))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_has_no_privileges_and_writes_only_its_folders(unit: Path) -> None:
    found = settings(unit)
    assert {name: found[name][-1] for name in CONFINED} == CONFINED
    writable = found["ReadWritePaths"][-1].split()
    assert all(re.match(r"/var/(lib|backups)/wenxiao", path) for path in writable)
    assert found["SystemCallFilter"] == ["@system-service", "~@privileged"]
    assert found["MemoryMax"][-1].endswith("G")
    assert found["EnvironmentFile"] == ["-/etc/wenxiao/wenxiao.env"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_systemd_takes_it_and_finds_little_exposed(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is part of Debian's systemd"
    # `verify` wants the command to be there.
    text = unit.read_text("utf-8").replace("/opt/wenxiao/current/bin/wenxiao", "/bin/true")
    copy = tmp_path / unit.name
    copy.write_text(text, encoding="utf-8")
    said = subprocess.run(  # noqa: S603 (an installed program)
        [program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert unit.name not in said.stderr, said.stderr
    checked = subprocess.run(  # noqa: S603 (an installed program)
        [program, "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}",
         str(copy)], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_the_installer_installs_is_there_and_the_timer_has_its_service() -> None:
    for pattern in re.findall(r"\bsystem/(\S+)", INSTALL):
        assert list(SYSTEM.glob(pattern.strip('"'))), pattern
    timer = configparser.ConfigParser()
    timer.optionxform = str  # type: ignore[method-assign,assignment]
    timer.read(SYSTEM / "wenxiao-backup.timer", "utf-8")
    assert timer["Timer"]["Persistent"] == "yes"
    assert (SYSTEM / "wenxiao-backup.service").exists()
    assert all(
        "--keep" in each for each in settings(SYSTEM / "wenxiao-backup.service")["ExecStart"]
    )


def test_every_setting_of_the_template_is_a_setting() -> None:
    known = set(re.findall(r"`(WENXIAO_\w+)`", (ROOT / "docs/settings.md").read_text("utf-8")))
    used = set(re.findall(r"WENXIAO_\w+", (SYSTEM / "wenxiao.env").read_text("utf-8")))
    assert used
    assert used <= known
