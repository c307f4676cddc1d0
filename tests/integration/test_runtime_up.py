"""The program as people start it: everything in one process, and one service alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.testing.servers import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
PREFIXES = ("target", "monitoring", "evaluation", "oversight")


class Program:
    """A running command `wenxiao`."""

    def __init__(self, log: Path, port: int, *arguments: str, **settings: str) -> None:
        self.port, self.log = port, log
        self._arguments = arguments
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("WENXIAO_")
        } | {f"WENXIAO_{name}": value for name, value in settings.items()}
        self._environment |= {"WENXIAO_PORT": str(port), "PYTHONPATH": str(ROOT)}
        # The second start is as quick as at an installation, whose files are compiled.
        self._environment |= {"PYTHONPYCACHEPREFIX": str(log.parent / "compiled")}
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-m", "services", *arguments],
                env=self._environment, stdout=output, stderr=output,
            )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, str]:
        outcome = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "services", *arguments],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return outcome.returncode, outcome.stdout + outcome.stderr

    def status(self, path: str) -> int:
        try:
            address = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(address, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_until_ready(self, prefix: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.status(f"/{prefix}/readyz") != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with tempfile.TemporaryDirectory(prefix="wenxiao-test-") as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        programs: list[Program] = []

        def begin(*arguments: str, **settings: str) -> Program:
            log = Path(folder) / f"{len(programs)}.log"
            chosen = {"DATA_DIR": str(data)} | settings
            programs.append(Program(log, free_port(), *arguments, **chosen))
            return programs[-1]

        yield begin
        for program in programs:
            if program.process.poll() is None:
                program.stop()


def test_up_serves_everything_and_stops_cleanly(start: Callable[..., Program]) -> None:
    first = start("up")
    first.wait_until_ready("target")
    assert [first.status(f"/{prefix}/readyz") for prefix in PREFIXES] == [200] * 4
    assert first.status("/target/metrics") == 200
    assert first.run("events", "parked", "evaluation") == (0, "没有停放的事件。\n")
    code, exported = first.run("trail", "export", "target")
    assert code == 0
    assert '"service":"target_svc"' in exported
    second = start("up")
    assert second.process.wait(PATIENCE) == 1
    assert "正被另一个问效进程使用" in second.log.read_text()
    assert first.stop() == 0
    assert first.status("/target/healthz") == 0
    assert "Traceback" not in first.log.read_text() + second.log.read_text()


def test_services_run_alone(start: Callable[..., Program], embedded_postgres_url: str) -> None:
    where = {"DATABASE_URL": embedded_postgres_url}
    before = start("serve", "target", **where)
    migration = start("migrate", **where)
    assert migration.process.wait(PATIENCE) == 0
    before.wait_until_ready("target")
    assert before.status("/monitoring/readyz") == 404
    scheduler = start("scheduler", "target", **where)
    scheduler.wait_until_ready("target")
    worker = start("worker", "target", **where)
    assert worker.process.wait(PATIENCE) == 1
    assert "WENXIAO_BROKER_URL" in worker.log.read_text()
    assert (before.stop(), scheduler.stop()) == (0, 0)
