"""The only place that reads the time.

Instants are UTC (`_at`), days are local to Asia/Shanghai (`_on`). The rehearsal clock is the one
way to move time: a file shared by all processes, used only when a setting names it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What use cases ask for the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """Return the present day in Asia/Shanghai."""
        ...

    @property
    def is_rehearsal(self) -> bool:
        """Tell whether time is moved, so that every page can say so."""
        ...


def local_date(instant: datetime) -> date:
    """Return the day in Asia/Shanghai on which the aware `instant` falls."""
    return instant.astimezone(LOCAL_ZONE).date()


class SystemClock:
    """Real time."""

    is_rehearsal = False

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the local day of `now`."""
        return local_date(self.now())


class RehearsalClock:
    """Real time plus an offset kept in a file, for demonstrations and tests.

    The file holds `{"offset_seconds": n}`; it is read again whenever it changes, so moving it
    moves every process at once. A missing file is an error: nobody rehearses by accident.
    """

    is_rehearsal = True

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; raise `FileNotFoundError` when there is none."""
        self._path = path
        self._read_at: tuple[int, int] = (-1, -1)
        self._offset = timedelta()
        self._refresh()

    def _refresh(self) -> None:
        stat = self._path.stat()
        if (stat.st_mtime_ns, stat.st_ino) != self._read_at:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            self._offset = timedelta(seconds=float(content["offset_seconds"]))
            self._read_at = (stat.st_mtime_ns, stat.st_ino)

    def now(self) -> datetime:
        """Return the machine's time plus the file's offset."""
        self._refresh()
        return datetime.now(UTC) + self._offset

    def today(self) -> date:
        """Return the local day of `now`."""
        return local_date(self.now())


def move_rehearsal_clock(path: Path, to: datetime) -> None:
    """Write the offset that makes rehearsal clocks on `path` show the aware instant `to` now.

    The file is replaced in one step, so a reader never sees half of it.
    """
    offset = (to - datetime.now(UTC)).total_seconds()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")
    temporary.replace(path)


def clock_from(path: Path | None) -> Clock:
    """Return the rehearsal clock on `path`, or real time when there is no path."""
    return RehearsalClock(path) if path else SystemClock()
