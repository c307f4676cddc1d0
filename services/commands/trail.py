"""`trail`: export the audit trail, and verify an export anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from services.commands.common import opened, service_argument

EXISTING = click.Path(exists=True, path_type=Path)


@click.group()
def trail() -> None:
    """导出审计轨迹，校验导出文件。"""


@trail.command()
@service_argument
@click.option("--output", "-o", type=click.File("wb"), default="-", help="输出文件，默认标准输出。")
def export(service: str, output: BinaryIO) -> None:
    """导出一个服务已封存的全部轨迹，每行一条。"""
    from shared.trail.export import export_trail  # noqa: PLC0415 (only when called)

    with opened(service) as resources, resources.database.read() as session:
        output.writelines(export_trail(session, service))


@trail.command()
@click.argument("export_file", type=EXISTING)
@click.option("--heads", type=EXISTING, required=True, help="链头文件。")
@click.option("--keys", type=EXISTING, required=True, help="公钥目录（*.pem）。")
def verify(export_file: Path, heads: Path, keys: Path) -> int:
    """校验导出文件；完整返回 0，发现问题返回 1。不需要数据库。"""
    from shared.trail.verifier import describe, verify_files  # noqa: PLC0415 (only when called)

    report = verify_files(export_file, heads, keys)
    click.echo(describe(report))
    return 0 if report.is_intact else 1
