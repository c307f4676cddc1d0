"""What all tests have at hand: real servers, empty databases, a clock that stands still."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from werkzeug.routing import Rule

from services.cli import COLLECTOR_PACE
from services.oversight_svc.store import passwords
from shared.db.embedded import EmbeddedPostgres
from shared.testing.clock import FrozenClock
from shared.testing.databases import drop_templates, temporary_database
from shared.testing.servers import broker_server, postgres_server

if TYPE_CHECKING:
    from fixtures.county import County

SHARED_FOLDER = "WENXIAO_TEST_SHARED_FOLDER"
LONGEST_FIRST = (
    "e2e/test_every_page.py",  # loads the example county; the other worker is busy meanwhile
    "simulation/",
    "integration/rights/",
    "e2e/test_every_page_of_others.py",
    "faults/",
    "deploy/",
    "e2e/",
    "integration/",
)
UNIT_TESTS = Path(__file__).parent / "unit"

settings.register_profile(
    "wenxiao",
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("wenxiao")


def pytest_configure(config: pytest.Config) -> None:
    """Give all workers one folder; log tracebacks as plain text.

    structlog's own default draws them, which takes a second for each.
    """
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="wenxiao-test-", ignore_cleanup_errors=True)
        Path(folder.name).chmod(0o711)  # system users can pass through, as under root they must
        os.environ[SHARED_FOLDER] = folder.name
        config.add_cleanup(folder.cleanup)
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            renderer,
        ]
    )
    _remember_builders()
    gc.set_threshold(*COLLECTOR_PACE)
    # Thousands of sign-ins with passwords everybody knows; programs under test hash at full cost.
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def _remember_builders() -> None:
    """Compile what builds an address once: a thousand applications of these tests have the same."""
    compiled = Rule._compile_builder
    known: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 (werkzeug's own)
        key = (append_unknown, str(rule.defaults), *rule._trace)
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign] (only ever read by a rule)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no worker is left alone with it at the end."""

    def turn(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next(
            (at for at, start in enumerate(LONGEST_FIRST) if path.startswith(start)),
            len(LONGEST_FIRST),
        )

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """Spare the collector what stays until the end: thousands of tests and all of the program."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count a skipped test as a failure: a run that proves less must not look the same."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("skipped tests are failures", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The oldest supported PostgreSQL, as the distribution has it."""
    with postgres_server() as url:
        yield url
        drop_templates(url)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """A folder all workers of this run share; system users can pass through it."""
    return Path(os.environ[SHARED_FOLDER])


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that system users can pass through, as data folders have to be under root."""
    with tempfile.TemporaryDirectory(prefix="wenxiao-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def embedded_postgres_url(open_folder: Path) -> Iterator[str]:
    """The embedded PostgreSQL, on a data folder of its own."""
    with EmbeddedPostgres(open_folder / "embedded") as server:
        yield server.url


@pytest.fixture(scope="session", params=["postgres_url", "embedded_postgres_url"])
def any_postgres_url(request: pytest.FixtureRequest) -> str:
    """Both servers in turn, for what may differ between versions."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A RabbitMQ node; tests name their exchanges and queues so that they do not meet."""
    with broker_server() as url:
        yield url


@pytest.fixture(scope="session")
def county(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The four services with the records of one department, never changed for good."""
    from fixtures.county import open_county  # noqa: PLC0415 (loads all services)

    with open_county(postgres_url, tmp_path_factory.mktemp("county")) as county:
        yield county


@pytest.fixture(scope="session")
def example(shared_folder: Path) -> Path:
    """A data folder with the example county in it, at rest; loaded once for all workers."""
    from tests.e2e.running import program  # noqa: PLC0415 (loads a browser's driver)

    folder, loaded = shared_folder / "example", shared_folder / "example.loaded"
    with (shared_folder / "example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not loaded.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a failed load left
            with program(folder):
                pass
            loaded.touch()
    return folder


@pytest.fixture
def new_database() -> Iterator[Callable[[str], Engine]]:
    """Make empty databases on a server; they are dropped when the test ends."""
    with ExitStack() as stack:
        yield lambda server_url: stack.enter_context(temporary_database(server_url))


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """A clock showing 10 October 2023, 09:00 in Shanghai, until the test moves it."""
    return FrozenClock(datetime(2023, 10, 10, 1, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_network_in_unit_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refuse every connection in `tests/unit`: what needs a server is an integration test."""
    if UNIT_TESTS not in request.path.parents:
        return

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a test in tests/unit tried to connect to a server")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(psycopg, "connect", refuse)
    monkeypatch.setattr(psycopg.Connection, "connect", refuse)
