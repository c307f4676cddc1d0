"""`ledger`: the canonical export of all services' ledgers, for comparing two runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TextIO

import click

from services.commands.common import running_server
from shared.runtime.settings import read_settings


@click.group()
def ledger() -> None:
    """导出各服务的账，用于核对两次运行的结果是否一致。"""


@ledger.command()
@click.option("--database-url", help="PostgreSQL 服务器；不填时用设置中的或正在运行的。")
@click.option(
    "--output", "-o", type=click.File("w", "utf-8"), default="-", help="输出文件，默认标准输出。"
)
def export(database_url: str | None, output: TextIO) -> None:
    """导出全部业务数据、事件和轨迹，每行一条；标识已换成统一编号，不含时刻、密码和密钥。"""
    from services.registry import all_modules, open_resources  # noqa: PLC0415 (loads services)
    from shared.ledger.canonical import LedgerRow, canonical_lines  # noqa: PLC0415
    from shared.ledger.reading import ledger_rows  # noqa: PLC0415

    settings = read_settings()
    if database_url:
        settings = replace(settings, database_url=database_url)
    server = running_server(settings)
    rows: list[LedgerRow] = []
    for module in all_modules():
        database = open_resources(settings, server, module).database
        with database.read() as session:
            rows += ledger_rows(session, module.business, module.metadata)
        database.engine.dispose()
    output.writelines(f"{line}\n" for line in canonical_lines(rows))
