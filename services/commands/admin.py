"""`admin`: the first accounts of a new installation."""

from __future__ import annotations

import click

from services.commands.common import opened, operator

DEFAULT_LOGINS = ("sysadmin", "secadmin", "auditadmin")


@click.group()
def admin() -> None:
    """管理员账号。"""


@admin.command()
@click.option("--region", required=True, help="行政区划代码（6 位或 9 位数字）。")
@click.option(
    "--logins",
    nargs=3,
    default=DEFAULT_LOGINS,
    show_default=True,
    help="系统、安全、审计管理员的用户名。",
)
@click.option("--basis", default="系统初始化", show_default=True, help="任命依据，记入轨迹。")
def create(region: str, logins: tuple[str, str, str], basis: str) -> None:
    """新系统的第一步：建立系统、安全、审计管理员，打印一次性密码（首次登录须修改）。"""
    from services.oversight_svc.usecases.found_region import (  # noqa: PLC0415 (loads services)
        FoundRegion,
        found_region,
    )

    with opened("oversight_svc") as resources, resources.database.begin() as uow:
        made = found_region(
            uow, resources.clock, operator("oversight_svc"), FoundRegion(region, logins, basis)
        )
        lines = [f"{account.name}\t{account.login}\t{password}" for account, password in made]
    for line in lines:
        click.echo(line)
