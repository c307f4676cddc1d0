"""`events`: parked events and replay."""

from __future__ import annotations

from uuid import UUID

import click

from services.commands.common import opened, operator, running_server, service_argument
from shared.runtime.settings import read_settings

MOST_SHOWN = 200


@click.group()
def events() -> None:
    """查看、重试、丢弃停放的事件，重发已存的事件。"""


@events.command()
@service_argument
def parked(service: str) -> None:
    """列出一个服务停放的事件：序号、类型、对象、次数、其后等待数、原因。"""
    from shared.outbox.parking import list_parked  # noqa: PLC0415 (only when called)

    with opened(service) as resources, resources.database.read() as session:
        found = list_parked(session, limit=MOST_SHOWN)
    for event in found:
        reason = event.last_error.partition("\n")[0]
        click.echo(
            f"{event.sequence}\t{event.event_type}\t{event.aggregate_id}\t{event.attempts}"
            f"\t{event.waiting}\t{reason}"
        )
    if not found:
        click.echo("没有停放的事件。")


@events.command()
@service_argument
@click.argument("sequence", type=int)
def resend(service: str, sequence: int) -> None:
    """重新执行停放的第 SEQUENCE 号事件。"""
    from shared.outbox.parking import send_again  # noqa: PLC0415 (only when called)

    with opened(service) as resources, resources.database.begin() as uow:
        send_again(uow, resources.clock, operator(service), sequence)
    click.echo("已放回，系统会立即重新执行。")


@events.command()
@service_argument
@click.argument("sequence", type=int)
@click.option("--reason", required=True, help="丢弃原因，记入审计轨迹。")
def discard(service: str, sequence: int, reason: str) -> None:
    """丢弃停放的第 SEQUENCE 号事件，其后的事件继续执行。"""
    from shared.outbox.parking import discard as discard_event  # noqa: PLC0415 (only when called)

    with opened(service) as resources, resources.database.begin() as uow:
        discard_event(uow, resources.clock, operator(service), sequence, reason)
    click.echo("已丢弃。")


@events.command()
@service_argument
@click.option("--first", type=int, help="发件箱起始序号（含）。")
@click.option("--last", type=int, help="发件箱终止序号（含）。")
@click.option("--aggregate", type=click.UUID, help="对象标识。")
@click.option("--type", "event_type", help="事件类型。")
@click.option("--reason", required=True, help="重发原因，记入审计轨迹。")
def replay(
    service: str,
    *,
    first: int | None,
    last: int | None,
    aggregate: UUID | None,
    event_type: str | None,
    reason: str,
) -> None:
    """把一个服务已发出的事件再发一次；已收到的订阅方不受影响。"""
    from shared.outbox.replay import Selection  # noqa: PLC0415 (only when called)
    from shared.outbox.replay import replay as replay_events  # noqa: PLC0415

    selection = Selection(first, last, aggregate, event_type)
    with opened(service) as resources, resources.database.begin() as uow:
        count = replay_events(uow, operator(service), selection, reason)
    click.echo(f"将重发 {count} 个事件。")


@events.command()
@click.option("--origin", required=True, help="数据恢复到哪里，如“2026-11-22 10:00 的时间点恢复”。")
def reconcile(origin: str) -> None:
    """数据库恢复之后、启动之前执行一次：清空队列，重发收件箱里缺的事件，另存多出的链头。"""
    from services.commands.reconciling import reconcile_after_restore  # noqa: PLC0415

    settings = read_settings()
    for line in reconcile_after_restore(settings, running_server(settings), origin):
        click.echo(line)
