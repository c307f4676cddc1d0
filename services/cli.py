"""The command `wenxiao`. Foreseen failures end in one Chinese sentence and a code other than 0."""

from __future__ import annotations

import ctypes
import gc
import importlib
import sys
from contextlib import suppress
from typing import NoReturn

import click

from shared.errors import InvalidInputError, WenxiaoError

COMMANDS = {
    "up": "services.commands.run:up",
    "serve": "services.commands.run:serve",
    "worker": "services.commands.run:worker",
    "scheduler": "services.commands.run:scheduler",
    "migrate": "services.commands.install:migrate",
    "modules": "services.commands.install:modules",
    "config": "services.commands.install:config",
    "router": "services.commands.install:router",
    "backup": "services.commands.backup:backup",
    "restore": "services.commands.restore:restore",
    "check-health": "services.commands.install:check_health",
    "clock": "services.commands.clock:clock",
    "trail": "services.commands.trail:trail",
    "share": "services.commands.share:share",
    "check": "services.commands.check:check",
    "events": "services.commands.events:events",
    "ledger": "services.commands.ledger:ledger",
    "admin": "services.commands.admin:admin",
    "keys": "services.commands.keys:keys",
}


class LazyGroup(click.Group):
    """Loads a command's file only when that command is called: `wenxiao` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return all names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command; `None` for an unknown name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        file, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(file), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wenxiao", message="问效 %(version)s")
def cli() -> None:
    """问效：全过程预算绩效管理与财审联动监督。"""


COLLECTOR_PACE = (50_000, 20, 100)
"""How seldom the cyclic collector looks. At Python's own pace it walks the program's classes again
and again while they load: a seventh of a start's time, and of a test's."""


_ARENA_MAX = -8
"""glibc's `M_ARENA_MAX`."""


def _share_memory_between_threads() -> None:
    """Let all threads take memory from one pool.

    glibc gives threads pools of their own, and what is free in one is no use to another: after some
    hundred pages the program held twice the memory it needed. Python runs one thread at a time.
    """
    with suppress(OSError, AttributeError):  # another C library has no such choice
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its code."""
    gc.set_threshold(*COLLECTOR_PACE)
    _share_memory_between_threads()
    try:
        code = cli.main(arguments, prog_name="wenxiao", standalone_mode=False)
    except click.ClickException as error:
        _end(f"命令用法有误：{error.message.rstrip('。.')}；用 --help 查看用法。", error.exit_code)
    except click.Abort:
        sys.exit(130)
    except InvalidInputError as error:
        _end("".join(problem.message for problem in error.problems))
    except WenxiaoError as error:
        _end(error.message)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        _end(sentence)
    sys.exit(code if isinstance(code, int) else 0)


def explain(error: Exception) -> str | None:
    """Return a sentence for a failure of the surroundings; `None` for a fault of the program."""
    # Told apart by name, so that libraries need not be loaded to fail to need them.
    match type(error).__module__.partition(".")[0], type(error).__name__:
        case "environs", _:
            return f"环境变量设置有误（{error}）；请对照 docs/settings.md 改正后重试。"
        case "sqlalchemy", "OperationalError":
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            return f"连不上数据库（{reason}）；请确认数据库已启动，WENXIAO_DATABASE_URL 填写正确。"
        case "sqlalchemy", "ArgumentError":
            return "WENXIAO_DATABASE_URL 不是数据库地址；应形如 postgresql://用户:密码@主机:5432/postgres。"
        case "sqlalchemy", "ProgrammingError":
            return "数据库缺少数据表，请先运行 wenxiao migrate。"
    if isinstance(error, OSError):
        return (
            f"无法读写 {error.filename or '文件'}（{error.strerror or error}）；请检查路径与权限。"
        )
    return None


def _end(sentence: str, code: int = 1) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
