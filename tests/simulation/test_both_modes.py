"""One journey, walked in one process and in twelve: the ledgers say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from shared.db.engine import database_url
from shared.testing.servers import (
    BROKER_PROGRAM,
    PrivateBroker,
    PrivatePostgres,
    ServerMissingError,
    postgres_programs,
)
from tests.simulation.founding import County
from tests.simulation.installation import Installation, separate_processes, single_process
from tests.simulation.journey import travel
from tests.simulation.settling import await_settled, export
from tests.simulation.workbooks import Papers, papers

MORNING = datetime(2023, 9, 20, 1, 0, tzinfo=UTC)
"""So early that no reminder is due before the journey has moved the dates, under any calendar.

The scheduler ticks while it walks: a slow machine would remind where a fast one does not.
"""


@pytest.fixture(scope="module")
def files() -> Papers:
    return papers()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wenxiao-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def own_servers() -> Iterator[tuple[str, str]]:
    """A PostgreSQL and a RabbitMQ of our own: names of databases and queues are the product's."""
    programs = postgres_programs()
    if programs is None or not BROKER_PROGRAM.exists():
        raise ServerMissingError("本测试须自行启动 PostgreSQL 和 RabbitMQ，请先安装这两个程序")
    with PrivatePostgres(programs) as database, PrivateBroker() as broker:
        yield database.url, broker.url


@dataclass(frozen=True, slots=True)
class Walked:
    """An installation after the journey, stopped, and the ledger it left."""

    installation: Installation
    ledger: list[str]


def _walk(installation: Installation, files: Papers) -> Walked:
    try:
        installation.start()
        travel(County(installation, files))
        ledger = await_settled(installation)
        installation.stop()
    finally:
        installation.abandon()
    assert "Traceback" not in _unforeseen(installation.logs())
    return Walked(installation, ledger)


def _unforeseen(logs: str) -> str:
    """Return the logs without the attempts that are meant to fail."""
    return "".join(line for line in logs.splitlines() if "has fewer working days" not in line)


@pytest.fixture(scope="module")
def one_process(folder: Path, files: Papers) -> Walked:
    home = folder / "one"
    home.mkdir(mode=0o711)
    installation = single_process(home)
    installation.move_clock(MORNING)
    return _walk(installation, files)


@pytest.fixture(scope="module")
def twelve_processes(folder: Path, files: Papers, own_servers: tuple[str, str]) -> Walked:
    home = folder / "twelve"
    home.mkdir(mode=0o711)
    installation = separate_processes(home, *own_servers)
    installation.move_clock(MORNING)
    installation.command("migrate")
    return _walk(installation, files)


def test_both_modes_leave_the_same_ledger(one_process: Walked, twelve_processes: Walked) -> None:
    assert len(one_process.ledger) > 300
    assert one_process.ledger == twelve_processes.ledger


def test_the_ledger_tells_of_the_parked_event(one_process: Walked) -> None:
    ledger = one_process.ledger
    (released,) = (line for line in ledger if '"act":"monitoring.event.send_again"' in line)
    assert '"before":{"attempts":6,"state":"parked"}' in released
    (failed,) = (line for line in ledger if '"last_error":"ValueError"' in line)
    assert '"state":"done"' in failed
    inbox = [line for line in ledger if '"table":"inbox"' in line]
    assert [line for line in inbox if '"state":"done"' not in line] == []
    outbox = [line for line in ledger if '"table":"outbox"' in line]
    assert [line for line in outbox if '"sent_at":true' not in line] == []


@pytest.mark.parametrize(
    ("service", "change"),
    [
        ("monitoring", "delete from inbox where sequence = (select max(sequence) from inbox)"),
        ("monitoring", "update payment set amount = amount + 0.01 where amount = 60000"),
        ("evaluation", "update evaluation_object set executed = null"),
        ("oversight", "update finding_money set recognised = 0 where kind = 'turned_over'"),
    ],
)
def test_a_planted_difference_is_seen(
    twelve_processes: Walked, own_servers: tuple[str, str], service: str, change: str
) -> None:
    before = export(twelve_processes.installation)
    engine = create_engine(database_url(own_servers[0], f"wenxiao_{service}"))
    with engine.begin() as connection:
        assert connection.exec_driver_sql(change).rowcount
    engine.dispose()
    assert export(twelve_processes.installation) != before
