"""Seven faults injected into a running program, and which alerts they raise: the right one only.

`python bench/alert_faults.py [--write]`, as root on Debian with `prometheus` and `faketime`. The
program runs on a PostgreSQL and a RabbitMQ of its own; Prometheus has the rules at a tenth of
their time. Ages and holds shrink with it, so a second here stands for ten.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg

from services.oversight_svc.usecases.change_calendar import (
    ChangeCalendar,
    ChangedDay,
    change_calendar,
)
from services.registry import module_named, open_resources
from shared.access.actor import Actor
from shared.clock import SystemClock
from shared.outbox.parking import list_parked, send_again
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.terms.vocabulary import DayKind
from shared.testing.servers import (
    PrivateBroker,
    PrivatePostgres,
    ServerMissingError,
    free_port,
    postgres_programs,
)

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.deploy.watching import (  # noqa: E402 (the tests are found by the path only)
    Prometheus,
    prometheus,
)

SCALE = 0.1
SCRAPED = "3s"
"""A scrape may take as long; a busy machine does not answer within a second."""
DOCUMENT = ROOT / "docs" / "operations" / "alerts.md"
MARK = "<!-- 以下由 bench/alert_faults.py --write 写入 -->\n"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
REGION = "511621"
SETTLED_SECONDS = 15
PATIENCE_SECONDS = 120
LIMIT_SECONDS = 300
CLOCK_OFF = "+120"


@dataclass(frozen=True, slots=True)
class World:
    """The running program, what it rests on, and who watches it."""

    server: str
    broker: PrivateBroker
    data: Path
    clock_file: Path
    watch: Prometheus
    oversight: Resources
    target: Resources

    def act(self) -> None:
        """Do something every service hears of: enter next New Year's Day as a holiday."""
        day = date(SystemClock().today().year + 1, 1, 1)
        system = Actor.system("oversight_svc", REGION)
        actor = replace(system, roles=frozenset({"system_admin"}))
        notice = ChangeCalendar(
            (ChangedDay(day, is_workday=False, kind=DayKind.HOLIDAY),), "放假通知（演练）"
        )
        with self.oversight.database.begin() as uow:
            change_calendar(uow, self.oversight.clock, actor, notice)

    def database(self, service: str) -> psycopg.Connection:
        """Open the database of a service as an operator with `psql` would."""
        url = self.server.removesuffix("postgres") + f"wenxiao_{service}"
        return psycopg.connect(url, autocommit=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what it is, the one alert it should raise, and how it is made and undone."""

    title: str
    alert: str
    made: Callable[[World], object]


@contextmanager
def broker_away(world: World) -> Iterator[None]:
    """Kill the broker; something is to be sent meanwhile."""
    world.broker.end(signal.SIGKILL)
    world.act()
    yield
    world.broker.start()


def lease_elsewhere(name: str) -> Callable[[World], object]:
    """Have a lease held by a process that does nothing, for an hour."""

    @contextmanager
    def made(world: World) -> Iterator[None]:
        with world.database("oversight") as database:
            database.execute(
                "update lease set holder = 'elsewhere:1:drill', epoch = epoch + 1,"
                " expires_at = clock_timestamp() + interval '1 hour' where name = %s",
                (name,),
            )
            world.act()
            yield
            database.execute(
                "update lease set expires_at = clock_timestamp() where name = %s", (name,)
            )

    return made


@contextmanager
def row_held(world: World) -> Iterator[psycopg.Connection]:
    """Keep the row locked that the worker of targets wants to write."""
    with world.database("target") as holder, world.database("target") as other:
        holder.execute("begin")
        holder.execute("update calendar_day set source_document = source_document"
                       " where extract(doy from day) = 1")  # fmt: skip
        world.act()
        yield other
        holder.execute("rollback")


@contextmanager
def worker_wedged(world: World) -> Iterator[None]:
    """Let the worker wait for a lock, give up, try again, and so on."""
    with row_held(world):
        yield


@contextmanager
def event_parked(world: World) -> Iterator[None]:
    """Let an event on its sixth attempt fail once more."""
    with row_held(world) as database:
        last = "update inbox set attempts = 5 where state = 'pending'"
        wait(lambda: database.execute(last).rowcount > 0)
        wait(lambda: bool(parked(world)))
    yield
    operator = Actor.system("target_svc", REGION)
    with world.target.database.begin() as uow:
        for sequence in parked(world):
            send_again(uow, world.target.clock, operator, sequence)


def parked(world: World) -> list[int]:
    """Return the parked events of the target service."""
    with world.target.database.read() as session:
        return [event.sequence for event in list_parked(session, limit=9)]


@contextmanager
def disk_full(world: World) -> Iterator[None]:
    """Fill the data folder's file system to the last byte."""
    filler = world.data / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))
    yield
    filler.unlink()


@contextmanager
def clock_off(world: World) -> Iterator[None]:
    """Set the program's clock two minutes ahead."""
    world.clock_file.write_text(CLOCK_OFF, encoding="ascii")
    yield
    world.clock_file.write_text("+0", encoding="ascii")


FAULTS = (
    Fault("消息中间件被强行终止", "BrokerAway", broker_away),
    Fault("转发停止（租约被不工作的进程占着）", "RelayStopped", lease_elsewhere("relay")),
    Fault("处理线程卡在数据库锁上", "EventsNotProcessed", worker_wedged),
    Fault("数据目录写满", "DiskNearlyFull", disk_full),
    Fault("定时任务租约丢失", "SchedulerStopped", lease_elsewhere("scheduler")),
    Fault("时钟快两分钟", "ClockOff", clock_off),
    Fault("一个事件第六次失败", "EventsParked", event_parked),
)


def wait(what: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `what` holds."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.1)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a file system of 32 MiB."""
    folder.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)  # noqa: S603 (fixed words)
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", str(folder)], check=True)  # noqa: S603 (fixed words)


@contextmanager
def program(world: dict[str, str], log: Path, port: int) -> Iterator[None]:
    """Run `wenxiao up` under a clock that can be moved."""
    environment = {**os.environ, **world, "WENXIAO_PORT": str(port)}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "up"], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            if not any("问效已启动" in line for line in process.stdout or ()):
                raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """Start everything."""
    programs = postgres_programs()
    if programs is None:
        raise ServerMissingError("PostgreSQL")
    clock_file, port = folder / "clock", free_port()
    clock_file.write_text("+0", encoding="ascii")
    with (
        PrivatePostgres(programs) as database,
        PrivateBroker() as broker,
        small_disk(folder / "data") as data,
        program(
            {
                "WENXIAO_DATA_DIR": str(data),
                "WENXIAO_DATABASE_URL": database.url,
                "WENXIAO_BROKER_URL": broker.url,
                "LD_PRELOAD": FAKETIME,
                "FAKETIME_TIMESTAMP_FILE": str(clock_file),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
            folder / "program.log",
            port,
        ),
        prometheus(folder / "watch", f"127.0.0.1:{port}", scale=SCALE, every=SCRAPED) as watch,
    ):
        settings = Settings(data_dir=data, database_url=database.url)
        opened = [
            open_resources(settings, database.url, module_named(name))
            for name in ("oversight", "target")
        ]
        yield World(database.url, broker, data, clock_file, watch, *opened)


def firing(world: World) -> set[str]:
    """Return the alerts firing now."""
    return {each["labels"]["alertname"] for each in world.watch.alerts()}


def shown(world: World, fault: Fault) -> tuple[float, set[str], float]:
    """Inject a fault; return seconds to its alert, all alerts until calm, seconds to calm."""
    raised: set[str] = set()

    def look() -> set[str]:
        now = firing(world)
        raised.update(now)
        return now

    with fault.made(world):  # type: ignore[attr-defined]
        began = time.monotonic()
        wait(lambda: fault.alert in look())
        seconds = time.monotonic() - began
        settled = time.monotonic() + SETTLED_SECONDS
        wait(lambda: (look(), time.monotonic() > settled)[1])
    healed = time.monotonic()
    wait(lambda: not look(), LIMIT_SECONDS)
    return seconds, raised, time.monotonic() - healed


def main() -> int:
    """Inject all faults in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever was started is ended
    lines = ["| 故障 | 告警 | 其他告警 | 至告警（秒） | 折合实际 | 恢复后解除（秒） |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    is_right = True
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as world:
        world.act()
        wait(lambda: bool(world.watch.ask("max by (service) (broker_connected) == 1")))
        wait(lambda: not firing(world))
        for fault in FAULTS:
            seconds, raised, calm = shown(world, fault)
            others = sorted(raised - {fault.alert})
            is_right = is_right and not others and seconds / SCALE <= LIMIT_SECONDS
            lines.append(
                f"| {fault.title} | {fault.alert} | {'、'.join(others) or '无'} | {seconds:.0f} |"
                f" {seconds / SCALE / 60:.1f} 分钟 | {calm:.0f} |"
            )
            print(lines[-1], flush=True)
    if write:
        text = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        DOCUMENT.write_text(text + MARK + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if is_right else 1


if __name__ == "__main__":
    raise SystemExit(main())
