"""An installation to walk through: one process, or each service's web, worker and scheduler."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import requests

from shared.clock import RehearsalClock, move_rehearsal_clock
from shared.testing.servers import free_port

ROOT = Path(__file__).parents[2]
PREFIXES = ("oversight", "target", "monitoring", "evaluation")
ROLES = ("serve", "worker", "scheduler")
START_SECONDS = 180.0
STOP_SECONDS = 60.0


@dataclass(slots=True)
class Program:
    """One process of ours: its arguments, port and log, and the release it runs."""

    arguments: tuple[str, ...]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    release: Path = ROOT


@dataclass(slots=True)
class Installation:
    """Programs over one data folder and one rehearsal clock, started and stopped together."""

    folder: Path
    settings: Mapping[str, str]
    programs: list[Program]
    origins: dict[str, str]
    starts: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)

    @property
    def clock_file(self) -> Path:
        """The file all processes read the time's offset from."""
        return self.folder / "clock.json"

    def _environment(self, port: int, release: Path = ROOT) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("WENXIAO_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        ours = {
            "WENXIAO_PORT": str(port),
            "WENXIAO_DATA_DIR": str(self.folder / "data"),
            "WENXIAO_REHEARSAL_CLOCK": str(self.clock_file),
            "PYTHONPATH": str(release),
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "compiled"),
        }
        return kept | ours | {f"WENXIAO_{name}": text for name, text in self.settings.items()}

    def command(self, *arguments: str, release: Path = ROOT) -> str:
        """Run a command of the program and return what it printed; fail with what it said."""
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "services", *arguments],
            env=self._environment(0, release), cwd=release,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start every program and wait until all are ready."""
        began = time.monotonic()
        for program in self.programs:
            self.launch(program)
        for program in self.programs:
            self.await_ready(program)
        self.starts.append(time.monotonic() - began)

    def launch(self, program: Program) -> None:
        """Start one program without waiting for it."""
        with program.log.open("ab") as log:
            program.process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-m", "services", *program.arguments],
                env=self._environment(program.port, program.release), cwd=program.release,
                stdout=log, stderr=log,
            )  # fmt: skip

    @staticmethod
    def await_ready(program: Program) -> None:
        """Wait until a started program is ready."""
        service = program.arguments[1] if len(program.arguments) > 1 else "oversight"
        address = f"http://127.0.0.1:{program.port}/{service}/readyz"
        began = time.monotonic()
        while True:
            with suppress(requests.RequestException):
                if requests.get(address, timeout=5).status_code == 200:
                    return
            assert program.process is not None
            assert program.process.poll() is None, program.log.read_text()
            assert time.monotonic() < began + START_SECONDS, program.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask every program to stop and see each end well in time."""
        began = time.monotonic()
        running = [program for program in self.programs if program.process is not None]
        for program in running:
            assert program.process is not None
            program.process.send_signal(signal.SIGTERM)
        for program in running:
            self.await_end(program)
        self.stops.append(time.monotonic() - began)

    @staticmethod
    def await_end(program: Program) -> None:
        """Wait until a program that was asked to stop has ended well."""
        assert program.process is not None
        assert program.process.wait(STOP_SECONDS) == 0, program.log.read_text()
        program.process = None

    def replace(self, program: Program, release: Path) -> None:
        """Stop one program in good order and start it again as `release`."""
        assert program.process is not None
        program.process.send_signal(signal.SIGTERM)
        self.await_end(program)
        program.release = release
        self.launch(program)
        self.await_ready(program)

    def restart(self) -> None:
        """Stop everything in good order and start it again."""
        self.stop()
        self.start()

    def abandon(self) -> None:
        """End whatever still runs after a failed test."""
        for program in self.programs:
            if program.process is not None and program.process.poll() is None:
                program.process.terminate()
                program.process.wait(STOP_SECONDS)

    def move_clock(self, to: datetime) -> None:
        """Let every process see the instant `to` from now on."""
        move_rehearsal_clock(self.clock_file, to)

    def pass_time(self, by: timedelta) -> None:
        """Let `by` pass for every process."""
        self.move_clock(RehearsalClock(self.clock_file).now() + by)

    def logs(self) -> str:
        """Return everything the programs said."""
        return "".join(program.log.read_text() for program in self.programs)


def single_process(folder: Path) -> Installation:
    """Return `wenxiao up`: all services, embedded database, local transport."""
    port = free_port()
    program = Program(("up",), port, folder / "up.log")
    origin = f"http://127.0.0.1:{port}"
    return Installation(folder, {}, [program], dict.fromkeys(PREFIXES, origin))


def separate_processes(folder: Path, database_url: str, broker_url: str) -> Installation:
    """Return twelve processes over a server and a broker."""
    programs = [
        Program((role, service), free_port(), folder / f"{role}-{service}.log")
        for service, role in _every(PREFIXES, ROLES)
    ]
    origins = {
        program.arguments[1]: f"http://127.0.0.1:{program.port}"
        for program in programs
        if program.arguments[0] == "serve"
    }
    settings = {"DATABASE_URL": database_url, "BROKER_URL": broker_url}
    return Installation(folder, settings, programs, origins)


def _every(first: Iterable[str], second: Iterable[str]) -> list[tuple[str, str]]:
    return [(one, other) for one in first for other in second]
