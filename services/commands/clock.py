"""`clock`: the rehearsal clock."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import click

from shared.clock import LOCAL_ZONE, RehearsalClock, move_rehearsal_clock
from shared.errors import UnavailableError
from shared.runtime.settings import read_settings


class NoRehearsalClockError(UnavailableError):
    """Time can be moved only where a setting allows it."""

    code = "no_rehearsal_clock"
    sentence = (
        "没有启用演练时钟；如需演练，请设置 WENXIAO_REHEARSAL_CLOCK 为一个文件路径并重新启动。"
    )


@click.group()
def clock() -> None:
    """查看或拨动演练时钟（只供演示和测试）。"""


@clock.command()
def show() -> None:
    """显示演练时钟的当前时间。"""
    click.echo(RehearsalClock(_path()).now().astimezone(LOCAL_ZONE).isoformat(timespec="seconds"))


@clock.command("set")
@click.argument("moment")
def set_clock(moment: str) -> None:
    """把演练时钟拨到 MOMENT：2023-10-10（当日 9 时）或 2023-10-10T14:30（北京时间）。"""
    instant = read_moment(moment)
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    move_rehearsal_clock(path, instant)
    click.echo(f"演练时钟已拨到 {instant.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}（北京时间）。")


def read_moment(text: str) -> datetime:
    """Return the aware instant meant; a day alone is 09:00, no zone is Shanghai's."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}”不是时间，应形如 2023-10-10T14:30。") from error
    if len(text) <= len("2023-10-10"):
        instant = datetime.combine(instant.date(), time(9))
    return instant if instant.tzinfo else instant.replace(tzinfo=LOCAL_ZONE)


def _path() -> Path:
    path = read_settings().rehearsal_clock
    if path is None:
        raise NoRehearsalClockError
    return path
