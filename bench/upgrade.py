"""The long form of `tests/faults/test_rolling_upgrade.py`, with figures: `make upgrade-drill`.

All programs are replaced again and again, the schema grows before and shrinks after the first
round, until so many requests have been answered. Ends with 1 if one of them failed, or if an act
was lost or done twice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.releases import CONTRACT, EXPAND, add_migration, next_release
from tests.faults.rolling import Load, World, world
from tests.simulation.person import await_it

FLEET = {
    "oversight": {"serve": 2, "worker": 2, "scheduler": 2},
    "monitoring": {"serve": 2, "worker": 1},
}
READING = {
    "sysadmin": ("/oversight/calendar", "/oversight/accounts", "/monitoring/events"),
    "secadmin": ("/oversight/posts", "/oversight/api/v1/me"),
    "auditadmin": ("/oversight/trail", "/monitoring/trail", "/oversight/api/v1/me"),
}


def _upgraded(running: World, folder: Path, load: Load, wanted: int) -> tuple[int, float]:
    """Work under load; return how many processes were replaced, and the seconds for each."""
    installation = running.fleet.installation
    release = next_release(folder / "next", folder / "compiled")
    add_migration(release, "0002_expand", EXPAND)
    with load.running():
        load.await_more(100)
        installation.command("migrate", release=release)
        load.await_more(100)
        began, replaced = time.monotonic(), 0
        while not replaced or load.answered < wanted:
            running.fleet.replace_all(release)
            replaced += len(installation.programs)
            if replaced == len(installation.programs):
                add_migration(release, "0003_contract", CONTRACT)
                installation.command("migrate", release=release)
        seconds = (time.monotonic() - began) / replaced
    return replaced, seconds


def _figures(wanted: int) -> tuple[list[str], bool]:
    with tempfile.TemporaryDirectory(prefix="wenxiao-bench-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        with world(folder, FLEET, READING) as running:
            load = Load(running.people, running.fleet.origin, READING, pause=0.01)
            replaced, seconds = _upgraded(running, folder, load, wanted)
            days = "select count(*) from calendar_day where source_document like '放假通知%'"
            await_it("every event", lambda: running.count("monitoring", days) >= load.notices)
            acts = "select count(*) from trail where act = 'oversight.calendar.change'"
            done = running.count("oversight", acts)
            applied = running.count("monitoring", days)
    lines = [
        f"请求 {load.answered}，失败 {len(load.failures)}，最慢 {load.slowest:.1f} 秒",
        f"换下进程 {replaced} 次，每次 {seconds:.1f} 秒（停止、启动、就绪）",
        f"登记 {load.notices}，留痕 {done}，另一服务生效 {applied}",
        *load.failures[:20],
    ]
    return lines, not load.failures and done == applied == load.notices


def main() -> int:
    """Print the figures; return 1 when something failed, was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    lines, is_good = _figures(parser.parse_args().requests)
    print("\n".join(lines))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
