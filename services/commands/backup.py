"""`backup`: one archive of everything, made while the program runs."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.commands.common import some_server
from shared.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from shared.backup.retention import Kind
    from shared.backup.saving import Outcome, Source

FOLDER = click.Path(file_okay=False, path_type=Path)
FOUND_DAMAGE = 3
"""Exit code of a whole backup that met damaged evidence: somebody has to look."""


@click.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--keys",
    type=click.Choice(["without", "with", "only"]),
    default="without",
    show_default=True,
    help="签名密钥和线索密钥：不放进备份、放进备份、只备份密钥。",
)
@click.option("--keep", type=click.IntRange(min=1), help="只留最新的几份，更早的删除。")
def backup(folder: Path, keys: str, keep: int | None) -> int:
    """把四个数据库（同一时刻）、附件和链头写成 FOLDER 里的一个文件；运行中也可以执行。"""
    from shared.backup.archive import open_archive, remove_leftovers  # noqa: PLC0415 (when called)
    from shared.backup.retention import archive_path, remove_old  # noqa: PLC0415
    from shared.clock import SystemClock  # noqa: PLC0415

    settings, clock = read_settings(), SystemClock()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_leftovers(folder)
    kind: Kind = "keys" if keys == "only" else "data"
    path = archive_path(folder, kind, clock.now())
    outcome = _save(settings, path, keys)
    with open_archive(path):  # read again from the disk, every byte
        _report(outcome, keys)
    if keep is not None:
        for old in remove_old(folder, kind, keep):
            click.echo(f"删除旧备份 {old.name}")
    for name in outcome.damaged[:10]:
        click.echo(f"附件 {name} 的内容与校验值不符，请从更早的备份找回。", err=True)
    return FOUND_DAMAGE if outcome.damaged else 0


def _save(settings: Settings, path: Path, keys: str) -> Outcome:
    from shared.backup.errors import BackupFailedError  # noqa: PLC0415 (only when called)
    from shared.backup.saving import save_data, save_keys  # noqa: PLC0415
    from shared.clock import SystemClock  # noqa: PLC0415

    try:
        if keys == "only":
            return save_keys(_source(settings, ""), path, SystemClock())
        with some_server(settings) as server:
            source = _source(settings, server)
            return save_data(source, path, SystemClock(), with_keys=keys == "with")
    except OSError as error:
        raise BackupFailedError(
            reason=f"无法写入 {path.parent}（{error.strerror or error}）"
        ) from error


def _source(settings: Settings, server: str) -> Source:
    from services.registry import all_modules  # noqa: PLC0415 (loads services)
    from shared.backup.saving import Source  # noqa: PLC0415
    from shared.db.embedded import default_data_dir  # noqa: PLC0415
    from shared.runtime.sealing import key_folder  # noqa: PLC0415

    return Source(
        server_url=server,
        modules=all_modules(),
        data_dir=settings.data_dir or default_data_dir(),
        keys_dir=key_folder(settings),
        version=importlib.metadata.version("wenxiao"),
        evidence_in_bucket=bool(settings.evidence_bucket),
    )


def _report(outcome: Outcome, keys: str) -> None:
    manifest, files = outcome.manifest, outcome.manifest.files
    size = os.stat(outcome.path).st_size / 1_000_000  # noqa: PTH116 (a number)
    click.echo(f"备份完成并已逐字节核对：{outcome.path}（{size:.1f} MB）")
    for name, saved in manifest.databases.items():
        click.echo(f"  {name}：{len(saved.rows)} 张表 {saved.total} 行，轨迹至第 {saved.sealed} 号")
    if manifest.evidence == "bucket":
        click.echo("  附件在对象存储里，不在备份中：请用对象存储自己的办法备份。")
    elif manifest.databases:
        click.echo(f"  附件 {sum(name.startswith('evidence/') for name in files)} 个")
    if keys == "without":
        click.echo("  不含密钥：请另用 --keys only 备份到别处，与数据分开保管。")
