"""The real servers tests run against: named, already there, or private ones.

In this order: the server named in the environment, the one answering on its standard local port,
a private one started from installed programs. `python -m shared.testing.servers` checks before a
run that each can be had, and as root on Debian installs what is missing.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import amqp
import psycopg

LOCAL_DATABASE = "postgresql://postgres@127.0.0.1:5432/postgres"
LOCAL_BROKER = "amqp://guest:guest@127.0.0.1:5672//"
BROKER_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 60
CONNECTION_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST_PORT = 10_240


class ServerMissingError(RuntimeError):
    """A server tests need can neither be reached nor started."""


def free_port() -> int:
    """Return a TCP port of this computer that nobody listens on now.

    It lies below those the system gives to connections: one of these may be taken by whoever
    connects somewhere before the program that was promised it listens.
    """
    first_of_connections = int(CONNECTION_PORTS.read_text(encoding="ascii").split()[0])
    while True:
        port = FIRST_PORT + secrets.randbelow(first_of_connections - FIRST_PORT)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_until(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a server being started; raise `ServerMissingError` when it ends or hangs."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise ServerMissingError(f"{process.args!r} did not start:\n{tail}")
        time.sleep(0.05)


def database_answers(url: str) -> bool:
    """Tell whether a PostgreSQL server lets us in at `url`."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def broker_answers(url: str) -> bool:
    """Tell whether a RabbitMQ node lets us in at `url`."""
    parts = urlsplit(url)
    connect: Any = amqp.Connection  # the library has no types
    try:
        with connect(
            host=f"{parts.hostname}:{parts.port or 5672}",
            userid=parts.username or "guest",
            password=parts.password or "guest",
            virtual_host=unquote(parts.path[1:]) or "/",
            connect_timeout=2,
        ):
            pass
    except (OSError, amqp.AMQPError):
        return False
    return True


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL the distribution has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: one.parts[-3])
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class _PrivateServer:
    """A process of our own in a folder of our own, run by a user other than root."""

    def __init__(self, user: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wenxiao-test-"))
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._user = pwd.getpwnam(user) if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)

    def _launch(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 (installed programs, fixed words)
                command,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"} | environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server's own process group with signal `how` and wait for it."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        """Set the server up and start it; leave nothing behind when that fails."""
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the server and remove its folder."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self) -> None:
        """Write what the server needs in its folder."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server (again) with the data it kept, and wait until it answers."""
        raise NotImplementedError


class PrivatePostgres(_PrivateServer):
    """A PostgreSQL of our own; `url` is its address while it runs."""

    def __init__(self, programs: Path) -> None:
        """Choose folder, port and password; nothing runs before `start`."""
        super().__init__("postgres")
        self._programs = programs
        self._port = free_port()
        self._password = secrets.token_urlsafe(16)
        self.url = f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    def prepare(self) -> None:
        """Make the cluster."""
        password = self.folder / "password"
        password.write_text(self._password, encoding="ascii")
        made = self._launch(
            str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres",
            "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync",
        )  # fmt: skip
        if made.wait(START_SECONDS):
            raise ServerMissingError(self.log.read_text(encoding="utf-8"))

    def start(self) -> None:
        """Start the server (again) and wait until it answers."""
        self.process = self._launch(
            str(self._programs / "postgres"), "-D", str(self.folder / "data"),
            "-p", str(self._port), "-c", "listen_addresses=127.0.0.1",
            "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=200",
        )  # fmt: skip
        wait_until(lambda: database_answers(self.url), self.process, self.log)

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server, by default breaking connections off in good order."""
        super().end(how)


class PrivateBroker(_PrivateServer):
    """A RabbitMQ node of our own; `url` is its address while it runs."""

    def __init__(self) -> None:
        """Choose folder, node name and ports; nothing runs before `start`."""
        super().__init__("rabbitmq")
        self._port, self._distribution_port = free_port(), free_port()
        self.node = f"wenxiao{self._port}@localhost"
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def prepare(self) -> None:
        """Write the node's configuration, so that none of the computer's own is read."""
        (self.folder / "plugins").write_text("[].\n", encoding="ascii")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\n", encoding="ascii"
        )

    def start(self) -> None:
        """Start the node (again, with the messages it kept) and wait until it answers."""
        self.process = self._launch(
            str(BROKER_PROGRAM),
            HOME=str(self.folder),
            RABBITMQ_NODENAME=self.node,
            RABBITMQ_NODE_PORT=str(self._port),
            RABBITMQ_DIST_PORT=str(self._distribution_port),
            RABBITMQ_MNESIA_BASE=str(self.folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(self.folder / "log"),
            RABBITMQ_CONFIG_FILE=str(self.folder / "rabbitmq.conf"),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self.folder / "plugins"),
            RABBITMQ_PID_FILE=str(self.folder / "pid"),
        )
        wait_until(lambda: broker_answers(self.url), self.process, self.log)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the address of a PostgreSQL server tests may make databases on."""
    named = os.environ.get("WENXIAO_TEST_DATABASE_URL", "")
    programs = postgres_programs()
    if named or database_answers(LOCAL_DATABASE):
        yield named or LOCAL_DATABASE
    elif programs:
        with PrivatePostgres(programs) as server:
            yield server.url
    else:
        raise ServerMissingError("没有 PostgreSQL：请用 WENXIAO_TEST_DATABASE_URL 指定一台")


@contextmanager
def broker_server() -> Iterator[str]:
    """Give the address of a RabbitMQ node tests may declare queues on."""
    named = os.environ.get("WENXIAO_TEST_BROKER_URL", "")
    if named or broker_answers(LOCAL_BROKER):
        yield named or LOCAL_BROKER
    elif BROKER_PROGRAM.exists():
        with PrivateBroker() as server:
            yield server.url
    else:
        raise ServerMissingError("没有 RabbitMQ：请用 WENXIAO_TEST_BROKER_URL 指定一台")


def missing_packages() -> list[str]:
    """Return the Debian packages that would bring what tests need and this computer lacks."""
    has_database = (
        os.environ.get("WENXIAO_TEST_DATABASE_URL")
        or postgres_programs()
        or database_answers(LOCAL_DATABASE)
    )
    has_broker = (
        os.environ.get("WENXIAO_TEST_BROKER_URL")
        or BROKER_PROGRAM.exists()
        or broker_answers(LOCAL_BROKER)
    )
    needed = {
        "postgresql": has_database,
        "rabbitmq-server": has_broker,
        "chromium-headless-shell": shutil.which("chromium-headless-shell"),
        "libatomic1": next(Path("/usr/lib").rglob("libatomic.so.1"), None),  # the driver needs it
        "fonts-noto-cjk": next(Path("/usr/share/fonts").rglob("NotoSansCJK-Regular*"), None),
        "systemd": shutil.which("systemd-analyze"),
        "nginx-light": shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"),
        "prometheus": shutil.which("promtool"),
        "libreoffice-writer-nogui": shutil.which("soffice"),
        "poppler-utils": shutil.which("pdftotext"),
    }
    return [package for package, found in needed.items() if not found]


def main() -> int:
    """Make sure tests can have their servers; install what is missing as root on Debian."""
    packages = missing_packages()
    installer = shutil.which("apt-get")
    if packages and (os.geteuid() != 0 or installer is None):
        sys.stderr.write(f"测试还缺少这些 Debian 软件包，请安装后重试：{' '.join(packages)}\n")
        return 1
    if packages and installer:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([installer, *words], env=environment, check=True)  # noqa: S603
    with ExitStack() as stack:
        try:
            stack.enter_context(postgres_server())
            stack.enter_context(broker_server())
        except ServerMissingError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
