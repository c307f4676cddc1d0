"""`share`: verify a share package anywhere."""

from __future__ import annotations

from pathlib import Path

import click

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def share() -> None:
    """校验共享数据包。"""


@share.command()
@click.argument("package", type=EXISTING)
@click.option(
    "--key", "keys", type=EXISTING, multiple=True, required=True, help="提供方的公钥文件。"
)
def verify(package: Path, keys: tuple[Path, ...]) -> int:
    """校验共享数据包；完整返回 0，发现问题返回 1。不需要数据库。"""
    from shared.sharing.verify_share import main  # noqa: PLC0415 (only when called)

    return main([str(package), *(part for key in keys for part in ("--key", str(key)))])
