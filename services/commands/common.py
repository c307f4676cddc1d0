"""What several commands share: names of services, the database, who is at the keyboard."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from shared.errors import UnavailableError
from shared.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.runtime.module import Module, Resources

SERVICES = {
    "oversight": "oversight_svc",
    "target": "target_svc",
    "monitoring": "monitor_svc",
    "evaluation": "eval_svc",
}


class DatabaseNotRunningError(UnavailableError):
    """The embedded database runs only while `wenxiao up` does."""

    code = "database_not_running"
    sentence = (
        "内嵌数据库没有运行；请先在另一个终端运行 wenxiao up，"
        "或者用 WENXIAO_DATABASE_URL 指定一台 PostgreSQL 服务器。"
    )


class ServiceName(click.ParamType[str]):
    """A service by its business name (`target`) or its folder (`target_svc`)."""

    name = "service"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the folder's name."""
        if value in SERVICES.values():
            return value
        if value not in SERVICES:
            self.fail(f"没有服务“{value}”；可选：{'、'.join(SERVICES)}。", param, ctx)
        return SERVICES[value]


service_argument = click.argument("service", type=ServiceName())


def running_server(settings: Settings) -> str:
    """Return the address of the server: the one set, or the embedded one while it runs."""
    if settings.database_url:
        return settings.database_url
    from shared.db.embedded import EmbeddedPostgres  # noqa: PLC0415 (only when it is used)

    try:
        return EmbeddedPostgres(settings.data_dir).url
    except OSError as error:
        raise DatabaseNotRunningError from error


@contextmanager
def some_server(settings: Settings) -> Iterator[str]:
    """Give the address of the server, whether the program runs or not.

    The embedded one is started for the time of the block when nobody has started it.
    """
    if settings.database_url:
        yield settings.database_url
        return
    from shared.db.embedded import (  # noqa: PLC0415 (only when it is used)
        DataFolderInUseError,
        EmbeddedPostgres,
    )

    server = EmbeddedPostgres(settings.data_dir)
    try:
        server.start()
    except DataFolderInUseError:
        yield server.url
        return
    try:
        yield server.url
    finally:
        server.stop()


def open_service(service: str) -> tuple[Module, Resources]:
    """Open one service's database for a command, on the server set or running."""
    from services.registry import module_named, open_resources  # noqa: PLC0415 (loads services)

    settings = read_settings()
    module = module_named(service)
    return module, open_resources(settings, running_server(settings), module)


@contextmanager
def opened(service: str) -> Iterator[Resources]:
    """Give the resources of one service and close its connections at the end."""
    _, resources = open_service(service)
    try:
        yield resources
    finally:
        resources.database.engine.dispose()


def operator(service: str) -> Actor:
    """Return the person at the keyboard as an actor, named in the trail by system account."""
    from shared.access.actor import Actor  # noqa: PLC0415

    return replace(
        Actor.system(service, region=""), name=f"运维 {getpass.getuser()}", post_name="命令行"
    )
