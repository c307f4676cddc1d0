"""Backups made while people work, while the disk fills up, and while somebody pulls the plug."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import pytest
from lived_in import HEARD, HEARER, ON_THEIR_WAY, TELLER, LivedIn, mark_sent, restored
from sqlalchemy import select

from shared.backup import saving
from shared.backup.retention import archives
from shared.clock import SystemClock
from shared.outbox.tables import InboxRow, OutboxRow
from shared.testing.events import hear, make_event, tell

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()


class Traffic:
    """Events told by one service and taken in by another, all the time."""

    def __init__(self, lived: LivedIn) -> None:
        self._teller, self._hearer = lived.database(TELLER), lived.database(HEARER)
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._pass) for _ in range(2)]
        self.count = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.await_more()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()
        self._teller.engine.dispose()
        self._hearer.engine.dispose()

    def _pass(self) -> None:
        while not self._enough.is_set():
            event = make_event(HEARD)
            tell(self._teller, event)
            hear(self._hearer, HEARER, event)
            mark_sent(self._teller, [event.id])
            self.count += 1

    def await_more(self) -> None:
        until = self.count + 5
        while self.count < until:
            time.sleep(0.01)


def torn(lived: LivedIn) -> int:
    """Count effects without their event, and events marked sent that were never taken in."""
    teller, hearer = lived.database(TELLER), lived.database(HEARER)
    with teller.read() as session:
        told = set(session.scalars(select(OutboxRow.event_id)))
        sent = set(
            session.scalars(select(OutboxRow.event_id).where(OutboxRow.sent_at.is_not(None)))
        )
    with hearer.read() as session:
        heard = set(session.scalars(select(InboxRow.event_id)))
    teller.engine.dispose()
    hearer.engine.dispose()
    return len(heard - told) + len(sent - heard) - ON_THEIR_WAY


@pytest.mark.parametrize("closes", [True, False])
def test_all_databases_are_saved_at_one_moment_while_people_work(
    embedded: LivedIn,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    closes: bool,
) -> None:
    with Traffic(embedded) as traffic:
        if not closes:  # planted: each database at a moment of its own
            value = saving._value

            def later(connection: Any, query: Any) -> Any:
                traffic.await_more()
                return value(connection, query)

            monkeypatch.setattr(saving, "_close_inboxes", lambda _: None)
            monkeypatch.setattr(saving, "_value", later)
        path = saving.save_data(
            embedded.source(), tmp_path / "live.tar", CLOCK, with_keys=False
        ).path
        monkeypatch.undo()
    restored(path, embedded)
    assert (torn(embedded) == 0) is closes
    restored(archive, embedded)


CHILD = "import resource, sys; from services.cli import main; {limit}main(sys.argv[1:])"


def child(embedded: LivedIn, folder: Path, limit: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-c", CHILD.format(limit=limit), "backup", str(folder)],
        env=os.environ | {"WENXIAO_DATA_DIR": str(embedded.data_dir), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_a_full_disk_leaves_nothing_that_looks_like_a_backup(
    embedded: LivedIn, tmp_path: Path
) -> None:
    for size in (10_000, 100_000):
        limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
        process = child(embedded, tmp_path, limit)
        said, _ = process.communicate()
        assert (process.returncode, "备份没有完成" in said) == (1, True), said
        assert list(tmp_path.iterdir()) == []


def test_a_killed_backup_is_no_backup_and_the_next_one_clears_up(
    embedded: LivedIn, tmp_path: Path
) -> None:
    process = child(embedded, tmp_path)
    while not list(tmp_path.glob(".*.partial")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert archives(tmp_path, "data") == []
    assert len(list(tmp_path.iterdir())) == 1
    said, _ = (whole := child(embedded, tmp_path)).communicate()
    assert whole.returncode == 0, said
    assert [path.suffix for path in tmp_path.iterdir()] == [".tar"]
