"""After the databases went back in time: queues, events and heads are made to fit them again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from services.commands.common import operator
from services.registry import all_modules, open_resources, subscriptions
from shared.outbox.reconcile import record_restore, tell_missing_again
from shared.trail.heads import set_aside_lost_heads

if TYPE_CHECKING:
    from shared.outbox.reconcile import Hearers
    from shared.runtime.module import Resources
    from shared.runtime.settings import Settings


def reconcile_after_restore(settings: Settings, server_url: str, origin: str) -> Iterator[str]:
    """Do it, with the program stopped; yield what was done as lines for people.

    `origin` says in words to what the databases went back. Running it again does no harm.
    """
    if settings.broker_url:
        yield f"队列：清除 {_renew_queues(settings)} 条消息；没有丢失的都在发件箱里"
    with ExitStack() as stack:
        opened: dict[str, Resources] = {}
        for module in all_modules():
            opened[module.name] = open_resources(settings, server_url, module)
            stack.callback(opened[module.name].database.engine.dispose)
        hearers: Hearers = {
            name: (opened[name].database, heard) for name, heard in subscriptions().items()
        }
        for module in all_modules():
            yield f"{module.title}：{_reconcile(opened[module.name], hearers, origin)}"


def _renew_queues(settings: Settings) -> int:
    # pika is loaded only where a broker is used.
    from shared.transport.rabbitmq.topology import Topology  # noqa: PLC0415

    return Topology(subscriptions(), settings.partitions).renew(settings.broker_url)


def _reconcile(resources: Resources, hearers: Hearers, origin: str) -> str:
    database, data_dir = resources.database, resources.settings.data_dir
    lost = 0
    if data_dir is not None:
        with database.read() as session:
            lost = set_aside_lost_heads(session, database.service, data_dir, resources.clock.now())
    with database.begin() as uow:
        again = tell_missing_again(uow, hearers)
        record_restore(uow, operator(database.service), origin, again, lost)
    said = f"重发 {again} 件收件箱里缺的事件"
    if lost:
        said += f"；另存 {lost} 个多出的链头（其后的记录已丢失，请告知收过链头的单位）"
    return said
