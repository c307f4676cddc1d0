"""A new release takes over, process by process, on a schema that grows and shrinks under load.

The short form; `bench/upgrade.py` is the long one. The release
N−1 is the program as it is; N is a copy of it with a further migration, and the contracting one is
added when nothing of N−1 runs any more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.releases import CONTRACT, EXPAND, add_migration, next_release
from tests.faults.rolling import Load, World, world
from tests.simulation.person import await_it

FLEET = {
    "oversight": {"serve": 2, "worker": 1, "scheduler": 1},
    "monitoring": {"worker": 1},
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wenxiao-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[World]:
    with world(folder, FLEET) as made:
        yield made


def test_no_request_fails_while_releases_and_schemas_change(running: World, folder: Path) -> None:
    installation, load = running.fleet.installation, Load(running.people, running.fleet.origin)
    release = next_release(folder / "next", folder / "compiled")
    add_migration(release, "0002_expand", EXPAND)
    with load.running():
        load.await_more(30)
        installation.command("migrate", release=release)
        load.await_more(30)  # the old program on the new schema
        running.fleet.replace_all(release)
        add_migration(release, "0003_contract", CONTRACT)
        installation.command("migrate", release=release)
        load.await_more(30)
    assert load.failures == []
    assert {program.release for program in installation.programs} == {release}
    version = "select max(version_num)::int from alembic_version"
    assert (running.count("oversight", version), running.count("monitoring", version)) == (3, 1)

    entered = load.notices
    assert entered > 10
    acts = "select count(*) from trail where act = 'oversight.calendar.change'"
    assert running.count("oversight", acts) == entered  # none sent twice by the router
    told = "select count(*) from outbox where event_type = 'oversight.calendar.changed.v1'"
    assert running.count("oversight", told) == entered
    days = "select count(*) from calendar_day where source_document like '放假通知%'"
    await_it("every notice at monitoring", lambda: running.count("monitoring", days) == entered)
    heard = (
        "select count(*) from inbox where event_type = 'oversight.calendar.changed.v1'"
        " and state = 'done' and attempts = 0"
    )
    assert running.count("monitoring", heard) == entered


def test_a_restart_of_all_at_once_is_noticed(running: World) -> None:
    """The same watch sees what people would see if nobody rolled."""
    load = Load(running.people, running.fleet.origin, notices=5000)
    installation = running.fleet.installation
    serving = [each for each in installation.programs if each.arguments[0] == "serve"]
    with load.running():
        load.await_more(20)
        for program in serving:
            assert program.process is not None
            program.process.terminate()
        for program in serving:
            installation.await_end(program)
            installation.launch(program)
        for program in serving:
            installation.await_ready(program)
    assert load.failures
