"""`up`, `serve`, `worker`, `scheduler`: the running program."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from services.commands.common import service_argument
from shared.errors import UnavailableError
from shared.observability.exporting import start_tracing
from shared.observability.logs import configure_logging
from shared.runtime.processes import Readiness, Supervisor
from shared.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from services.registry import Role
    from shared.db.embedded import EmbeddedPostgres

CLOCK_FILE = "rehearsal-clock.json"


class DatabaseMissingError(UnavailableError):
    """A service of its own needs a server others can reach."""

    code = "database_missing"
    sentence = (
        "各服务分开运行时须用 WENXIAO_DATABASE_URL 指定一台 PostgreSQL 服务器；"
        "内嵌数据库只供 wenxiao up 使用。"
    )


class EmbeddedUnit:
    """The embedded database as the first unit to start and the last to stop."""

    name = "embedded database"
    needs: tuple[str, ...] = ()

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Wrap `server`; `url` is its address once started."""
        self._server = server
        self.url = ""

    def start(self, failed: Callable[[str, BaseException], None]) -> None:  # noqa: ARG002 (protocol)
        """Start the server; its end shows as connections failing, and as `database_up` 0."""
        self.url = self._server.start()

    def stop(self, deadline: float) -> None:  # noqa: ARG002 (pg_ctl has its own bound)
        """Stop the server."""
        self._server.stop()


@click.command()
@click.option("--demo", is_flag=True, help="数据库为空时装入示例县，并打印登录账号。")
def up(*, demo: bool) -> int:
    """在一个进程里启动全部服务（没有指定数据库时使用内嵌数据库）。"""
    settings = _begin("wenxiao")
    supervisor = Supervisor(Readiness())
    supervisor.catch_signals()
    try:
        return _up(settings, supervisor, demo=demo)
    finally:
        supervisor.stop()


def _up(settings: Settings, supervisor: Supervisor, *, demo: bool) -> int:
    server_url = settings.database_url or _start_embedded(settings, supervisor)
    from services.registry import EVERY_ROLE, Plan, all_modules  # noqa: PLC0415 (loads services)
    from shared.db.migrate import migrate  # noqa: PLC0415

    if demo:
        settings = _as_example(settings)
    if not supervisor.stopping:
        migrate(server_url, all_modules())
    plan = Plan(settings, server_url, supervisor.readiness, all_modules(), EVERY_ROLE)
    # The example tells its own past, so nothing else may work on it meanwhile.
    accounts = _load_example(plan.resources) if demo and not supervisor.stopping else []
    supervisor.start(plan.background_units())
    supervisor.start([plan.web_unit()])
    if not supervisor.stopping:
        click.echo(f"问效已启动：http://{_shown(settings.host)}:{settings.port}")
        for line in accounts:
            click.echo(line)
    return supervisor.wait()


def _start_embedded(settings: Settings, supervisor: Supervisor) -> str:
    from shared.db.embedded import EmbeddedPostgres  # noqa: PLC0415 (only when it is used)

    unit = EmbeddedUnit(EmbeddedPostgres(settings.data_dir))
    supervisor.start([unit])
    return unit.url


def _example() -> Any:  # noqa: ANN401 (a module)
    # By name: the running program does not depend on the example.
    return importlib.import_module("services.example")


def _as_example(settings: Settings) -> Settings:
    """Return settings with the example's name and a rehearsal clock, set to its day if new."""
    from shared.clock import move_rehearsal_clock  # noqa: PLC0415
    from shared.db.embedded import default_data_dir  # noqa: PLC0415

    path = settings.rehearsal_clock or (settings.data_dir or default_data_dir()) / CLOCK_FILE
    if not path.exists():
        start: datetime = _example().EXAMPLE_NOW
        path.parent.mkdir(parents=True, exist_ok=True)
        move_rehearsal_clock(path, start)
    region = settings.region_name or _example().REGION_NAME
    return replace(settings, rehearsal_clock=path, region_name=region)


def _load_example(resources: Mapping[str, Any]) -> list[str]:
    lines: list[str] = _example().load_example(resources)
    return lines


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 (only compared)


@click.command()
@service_argument
def serve(service: str) -> int:
    """只提供一个服务的页面和接口（多机部署）。"""
    return _run_one(service, "web")


@click.command()
@service_argument
def worker(service: str) -> int:
    """只收发和处理一个服务的事件，并封存其审计轨迹（多机部署）。"""
    return _run_one(service, "worker")


@click.command()
@service_argument
def scheduler(service: str) -> int:
    """只运行一个服务的定时任务（多机部署，可多份，由租约选出一份）。"""
    return _run_one(service, "scheduler")


def _run_one(service: str, role: Role) -> int:
    settings = _begin(f"wenxiao-{service}-{role}")
    if not settings.database_url:
        raise DatabaseMissingError
    from services.registry import Plan, module_named  # noqa: PLC0415 (loads services)

    supervisor = Supervisor(Readiness())
    supervisor.catch_signals()
    try:
        plan = Plan(
            settings,
            settings.database_url,
            supervisor.readiness,
            [module_named(service)],
            {role},
        )
        supervisor.start(plan.background_units())
        supervisor.start([plan.web_unit()])
        return supervisor.wait()
    finally:
        supervisor.stop()


def _begin(program: str) -> Settings:
    settings = read_settings()
    configure_logging(settings.log_level)
    start_tracing(settings.traces_endpoint, program)
    return settings
