"""Services in several processes behind a router, people at work, and what each was answered."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import NullPool, create_engine, text

from services.router import nginx_configuration
from shared.db.engine import database_url
from shared.runtime.settings import Settings
from shared.testing.servers import (
    BROKER_PROGRAM,
    PrivateBroker,
    PrivatePostgres,
    ServerMissingError,
    free_port,
    postgres_programs,
    wait_until,
)
from tests.simulation.founding import PASSWORD, REGION
from tests.simulation.installation import Installation, Program
from tests.simulation.person import Person

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SCRATCH = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MAIN = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
{scratch}
{sites}
}}
"""
SERVICES = ("oversight", "target", "monitoring", "evaluation")
NOBODY = "127.0.0.1:9"
Reading = Mapping[str, Sequence[str]]
"""Who asks for what, over and over, each in a browser of their own."""
READING: Reading = {
    "sysadmin": ("/oversight/calendar", "/oversight/accounts"),
    "secadmin": ("/oversight/posts", "/oversight/api/v1/me"),
    "auditadmin": ("/oversight/trail", "/oversight/api/v1/me"),
}
MORNING = datetime(2023, 10, 9, 1, 0, tzinfo=UTC)
FIRST_NOTICE = date(2031, 1, 1)


@contextmanager
def router(folder: Path, port: int, upstreams: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Run nginx with the configuration `wenxiao router` prints."""
    if NGINX is None:
        raise ServerMissingError("没有 nginx：请安装 nginx-light")
    scratch = "".join(f"    {each}_temp_path {folder}/{each};\n" for each in SCRATCH)
    user = "user root;" if os.geteuid() == 0 else ""
    sites = nginx_configuration(Settings(), port, upstreams)
    configuration, log = folder / "nginx.conf", folder / "nginx.log"
    configuration.write_text(MAIN.format(user=user, folder=folder, scratch=scratch, sites=sites))
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 (an installed program)
            [NGINX, "-e", str(log), "-c", str(configuration)], stdout=errors, stderr=errors
        )

    def answers() -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        return False

    try:
        wait_until(answers, process, log)
        yield
    finally:
        process.terminate()
        process.wait(30)


@dataclass
class Fleet:
    """Processes of several services; one after the other can be replaced."""

    installation: Installation
    origin: str
    upstreams: Mapping[str, Sequence[str]]
    port: int

    def replace_all(self, release: Path) -> None:
        """Replace one process after the other by `release`, each ready before the next goes."""
        for program in self.installation.programs:
            self.installation.replace(program, release)


def fleet(
    folder: Path, settings: Mapping[str, str], wanted: Mapping[str, Mapping[str, int]]
) -> Fleet:
    """Return processes on one data folder, none of them running: service → role → how many."""
    programs = [
        Program((role, service), free_port(), folder / f"{role}-{service}-{number}.log")
        for service, roles in wanted.items()
        for role, count in roles.items()
        for number in range(count)
    ]
    upstreams = {
        service: [f"127.0.0.1:{each.port}" for each in programs if each.arguments == asked]
        or [NOBODY]
        for service in SERVICES
        for asked in [("serve", service)]
    }
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    installation = Installation(folder, settings, programs, dict.fromkeys(SERVICES, origin))
    return Fleet(installation, origin, upstreams, port)


@dataclass
class Load:
    """People at work through the router until told to stop."""

    people: Mapping[str, Person]
    origin: str
    reading: Reading = field(default_factory=lambda: READING)
    pause: float = 0.25
    """Seconds between an answer and the next request of the same person."""
    failures: list[str] = field(default_factory=list)
    answered: int = 0
    notices: int = 0
    slowest: float = 0.0
    """Seconds the longest answer took."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep reading and writing while the block runs."""
        works = [threading.Thread(target=self._read, args=(login,)) for login in self.reading]
        works.append(threading.Thread(target=self._write))
        for work in works:
            work.start()
        try:
            yield
        finally:
            self._stop.set()
            for work in works:
                work.join(60)
        assert not any(work.is_alive() for work in works)

    def await_more(self, requests_more: int) -> None:
        """Wait until so many further requests have been answered."""
        with self._changed:
            wanted = self.answered + requests_more
            assert self._changed.wait_for(lambda: self.answered >= wanted, 600), self.failures

    def _browser(self, login: str) -> requests.Session:
        browser = requests.Session()
        browser.cookies.update(self.people[login].session.cookies)
        return browser

    def _read(self, login: str) -> None:
        browser = self._browser(login)
        while not self._stop.is_set():
            for path in self.reading[login]:
                self._ask(browser, "GET", path, 200)
                self._stop.wait(self.pause)

    def _write(self) -> None:
        """Enter one holiday notice after the other, each about another day."""
        browser, clerk = self._browser("sysadmin"), self.people["sysadmin"]
        while not self._stop.is_set():
            form = {
                "csrf_token": clerk.form_token,
                "source_document": f"放假通知〔{self.notices}〕号",
                "stretches.0.first": str(FIRST_NOTICE + timedelta(days=self.notices)),
                "stretches.0.kind": "holiday",
            }
            self._ask(browser, "POST", "/oversight/calendar", 303, form)
            self.notices += 1
            self._stop.wait(self.pause)

    def _ask(
        self,
        browser: requests.Session,
        method: str,
        path: str,
        wanted: int,
        form: Mapping[str, str] | None = None,
    ) -> None:
        began = time.monotonic()
        try:
            got = browser.request(
                method, self.origin + path, data=form, timeout=60, allow_redirects=False
            )
            said = "" if got.status_code == wanted else f"{got.status_code} {got.text[-300:]}"
        except requests.RequestException as error:
            said = repr(error)
        with self._changed:
            self.answered += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if said:
                self.failures.append(f"{method} {path}: {said}")
            self._changed.notify_all()


def administrators(found: Fleet, reading: Reading = READING) -> dict[str, Person]:
    """Found the region and let its three administrators sign in, through the router."""
    printed = found.installation.command("admin", "create", "--region", REGION)
    people: dict[str, Person] = {}
    for line in printed.splitlines():
        _, login, one_time = line.split("\t")
        people[login] = Person(found.installation.origins, login)
        people[login].begin(one_time, PASSWORD)
        for path in reading[login]:
            people[login].page(path)  # until every service knows the key of the session
    return people


@dataclass(frozen=True)
class World:
    """A fleet with people at work in it."""

    fleet: Fleet
    people: Mapping[str, Person]
    server: str

    def count(self, service: str, query: str) -> int:
        engine = create_engine(database_url(self.server, f"wenxiao_{service}"), poolclass=NullPool)
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())


@contextmanager
def world(
    folder: Path, wanted: Mapping[str, Mapping[str, int]], reading: Reading = READING
) -> Iterator[World]:
    """Run a fleet on servers of its own, behind the router, with people signed in."""
    programs = postgres_programs()
    if programs is None or not BROKER_PROGRAM.exists():
        raise ServerMissingError("本测试须自行启动 PostgreSQL 和 RabbitMQ，请先安装这两个程序")
    home = folder / "home"
    home.mkdir(mode=0o711)
    with PrivatePostgres(programs) as database, PrivateBroker() as broker:
        settings = {"DATABASE_URL": database.url, "BROKER_URL": broker.url}
        made = fleet(home, settings, wanted)
        made.installation.move_clock(MORNING)
        made.installation.command("migrate")
        try:
            made.installation.start()
            with router(folder, made.port, made.upstreams):
                yield World(made, administrators(made, reading), database.url)
            made.installation.stop()
        finally:
            made.installation.abandon()
