"""`restore`: put an archive back, and say what was checked."""

from __future__ import annotations

import importlib.metadata
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.commands.common import some_server
from shared.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from shared.backup.archive import ArchiveReader
    from shared.backup.restoring import Restored, Target

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("archive", type=EXISTING)
@click.option("--keys", "keys_archive", type=EXISTING, help="密钥的备份（backup --keys only）。")
@click.option("--replace", is_flag=True, help="用备份代替现有数据。")
@click.option("--check", is_flag=True, help="只核对备份能不能用，什么也不改。")
def restore(archive: Path, keys_archive: Path | None, *, replace: bool, check: bool) -> None:
    """从备份 ARCHIVE 恢复：先核对，另处装载，逐项查验，最后一次换上。须先停止问效。"""
    from shared.backup.archive import open_archive  # noqa: PLC0415 (only when called)
    from shared.backup.restoring import check_usable, refuse_other_keys  # noqa: PLC0415

    settings = read_settings()
    with ExitStack() as stack:
        opened = stack.enter_context(open_archive(archive))
        target = _target(settings, "")
        check_usable(opened, target)
        click.echo(f"备份完好：{opened.manifest.made_at}，版本 {opened.manifest.version}")
        if check:
            return
        keys = opened
        if keys_archive is not None:
            keys = stack.enter_context(open_archive(keys_archive))
        if not replace:
            refuse_other_keys(keys, target.keys_dir)
        server = stack.enter_context(some_server(settings))
        _restore(opened, keys, _target(settings, server), settings, replace=replace)


def _target(settings: Settings, server: str) -> Target:
    from services.registry import all_modules  # noqa: PLC0415 (loads services)
    from shared.backup.restoring import Target  # noqa: PLC0415
    from shared.db.embedded import default_data_dir  # noqa: PLC0415
    from shared.runtime.sealing import key_folder  # noqa: PLC0415

    data_dir = settings.data_dir or default_data_dir()
    version = importlib.metadata.version("wenxiao")
    return Target(server, all_modules(), data_dir, key_folder(settings), version)


def _restore(
    archive: ArchiveReader,
    keys: ArchiveReader,
    target: Target,
    settings: Settings,
    *,
    replace: bool,
) -> None:
    from services.commands.reconciling import reconcile_after_restore  # noqa: PLC0415
    from shared.backup.restoring import (  # noqa: PLC0415
        put_heads_and_clock,
        put_keys,
        restore,
    )

    _report(restore(archive, target, replace=replace))
    put_heads_and_clock(archive, target)
    click.echo(f"密钥 {put_keys(keys, target.keys_dir)} 个")
    origin = f"恢复到 {archive.manifest.made_at} 的备份 {archive.path.name}"
    for line in reconcile_after_restore(settings, target.server_url, origin):
        click.echo(line)
    click.echo("恢复完成，现在可以启动问效。")


def _report(restored: Restored) -> None:
    for service, rows in restored.rows.items():
        trail = restored.trails[service]
        click.echo(
            f"{service}：{rows} 行与备份时一致；审计轨迹 {trail.records} 条完整，"
            f"链头证明至第 {trail.covered} 号"
        )
    click.echo(f"附件 {restored.evidence} 个")
