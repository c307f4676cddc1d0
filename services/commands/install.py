"""`migrate`, `modules`, `config`, `router`, `check-health`: setting up and looking after."""

from __future__ import annotations

import dataclasses
import urllib.error
import urllib.request
from typing import NoReturn
from urllib.parse import urlsplit

import click

from services.commands.common import SERVICES
from shared.errors import UnavailableError
from shared.observability.logs import mask_secrets
from shared.runtime.settings import Settings, read_settings

HEALTH_SECONDS = 5


class UnhealthyError(UnavailableError):
    """The address did not answer with 200."""

    code = "unhealthy"
    sentence = "{url} 没有正常应答（{reason}）；请查看该进程的日志。"


@click.command()
def migrate() -> None:
    """建立缺少的数据库，并把表结构升级到本版本。"""
    from services.registry import all_modules  # noqa: PLC0415 (loads services)
    from shared.db.embedded import EmbeddedPostgres  # noqa: PLC0415
    from shared.db.migrate import migrate as migrate_all  # noqa: PLC0415

    settings = read_settings()
    if settings.database_url:
        migrate_all(settings.database_url, all_modules())
    else:
        with EmbeddedPostgres(settings.data_dir) as server:
            migrate_all(server.url, all_modules())
    click.echo("数据库已是最新结构。")


@click.command()
def modules() -> None:
    """列出全部服务：名称、目录、数据库、订阅的事件数、定时任务数。"""
    from services.registry import all_modules  # noqa: PLC0415 (loads services)

    for module in all_modules():
        click.echo(
            f"{module.business}\t{module.title}\t{module.name}\t{module.database_name}"
            f"\t订阅 {len(module.handlers)}\t定时 {len(module.jobs)}"
        )


@click.group()
def config() -> None:
    """查看设置。"""


@config.command()
@click.option("--diff", is_flag=True, help="只显示与默认值不同的。")
def show(*, diff: bool) -> None:
    """显示生效的设置（密码隐去）。"""
    settings, default = read_settings(), Settings()
    for field in dataclasses.fields(Settings):
        value = getattr(settings, field.name)
        if diff and value == getattr(default, field.name):
            continue
        shown = mask_secrets(None, "", {"value": "" if value is None else str(value)})["value"]
        click.echo(f"WENXIAO_{field.name.upper()}={shown}")


@click.command()
@click.option("--listen", default=8080, show_default=True, help="路由器监听的端口。")
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="SERVICE=HOST:PORT",
    help="各服务的地址，默认 wenxiao-<服务>:8080；一个服务有几个进程就写几次。",
)
def router(listen: int, upstreams: tuple[str, ...]) -> None:
    """打印 nginx 配置：把分开运行的服务合成一个网站。"""
    from services.router import nginx_configuration  # noqa: PLC0415 (loads services)

    chosen: dict[str, list[str]] = {}
    for entry in upstreams:
        service, _, address = entry.partition("=")
        if service not in SERVICES or not urlsplit(f"//{address}").port:
            raise click.BadParameter(f"“{entry}”应形如 target=10.0.0.5:8080。")
        chosen.setdefault(service, []).append(address)
    click.echo(nginx_configuration(read_settings(), listen, chosen), nl=False)


@click.command("check-health")
@click.argument("url")
def check_health(url: str) -> None:
    """访问 URL（如 http://127.0.0.1:8080/target/readyz），应答 200 时返回 0。"""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise click.BadParameter("地址应以 http:// 或 https:// 开头。")
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_SECONDS) as answer:  # noqa: S310 (checked)
            if answer.status != 200:  # noqa: PLR2004 (OK)
                _unhealthy(url, answer.status)
    except urllib.error.HTTPError as error:
        _unhealthy(url, error.code)
    except OSError as error:
        _unhealthy(url, getattr(error, "reason", error))
    click.echo("正常")


def _unhealthy(url: str, reason: object) -> NoReturn:
    raise UnhealthyError(url=url, reason=reason)
