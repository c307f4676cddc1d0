"""The only file that imports all four services; turns a choice of them into running units."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from services.eval_svc.console.menu import MENU as EVALUATION_MENU
from services.monitor_svc.console.menu import MENU as MONITORING_MENU
from services.oversight_svc.console.menu import MENU as OVERSIGHT_MENU
from services.target_svc.console.menu import MENU as TARGET_MENU
from shared.clock import clock_from
from shared.db.embedded import default_data_dir
from shared.db.engine import database_url, open_engine
from shared.db.migrate import is_at_head
from shared.db.unit_of_work import Database
from shared.errors import UnavailableError
from shared.events.registry import SERVICE_FOLDERS
from shared.observability.disk import DiskGauges
from shared.observability.figures import FigureGauges
from shared.observability.gauges import DatabaseGauges
from shared.observability.metrics import METRICS
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.outbox.wakeup import wake_after_telling
from shared.runtime.keeper import LeaseKeeper
from shared.runtime.lease import Lease
from shared.runtime.module import MenuGroup, Module, Resources
from shared.runtime.processes import Readiness, ThreadUnit, Unit
from shared.runtime.sealing import keep_sealing
from shared.runtime.server import Dispatcher, Probe, WebUnit
from shared.runtime.working import keep_working
from shared.transport.local import LocalTransport

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from shared.runtime.settings import Settings
    from shared.transport.port import Transport
    from shared.transport.rabbitmq.topology import Topology

Role = Literal["web", "worker", "scheduler"]
EVERY_ROLE: frozenset[Role] = frozenset({"web", "worker", "scheduler"})
_IN_ORDER = ("oversight_svc", "target_svc", "monitor_svc", "eval_svc")
"""The services in the order of their menus."""
ROOT_SERVICE = "oversight_svc"
"""Answers whatever no prefix claims: the desk, sign-in, the portal."""


class BrokerMissingError(UnavailableError):
    """Workers in processes of their own need a broker between them."""

    code = "broker_missing"
    sentence = (
        "各服务分开运行时须用 WENXIAO_BROKER_URL 指定 RabbitMQ；只有一台计算机时请改用 wenxiao up。"
    )


def all_modules() -> tuple[Module, ...]:
    """Return the four services in the order of their menus."""
    return tuple(map(_loaded, _IN_ORDER))


def module_named(name: str) -> Module:
    """Return a service by folder or business name, loading no other; raise `KeyError` if none."""
    folder = SERVICE_FOLDERS.get(name, name)
    if folder not in _IN_ORDER:
        raise KeyError(name)
    return _loaded(folder)


def _loaded(folder: str) -> Module:
    module: Module = import_module(f"services.{folder}.module").MODULE
    return module


def whole_menu() -> tuple[MenuGroup, ...]:
    """Return the groups of all services: every service shows the whole menu."""
    groups = (*OVERSIGHT_MENU, *TARGET_MENU, *MONITORING_MENU, *EVALUATION_MENU)
    return tuple(sorted(groups, key=lambda group: group.place))


def subscriptions() -> dict[str, frozenset[str]]:
    """Return who hears what: subscription name → event types."""
    return {module.name: frozenset(module.handlers) for module in all_modules() if module.handlers}


def open_resources(settings: Settings, server_url: str, module: Module) -> Resources:
    """Open what `module` may use; the settings it sees always name the data folder."""
    clock = clock_from(settings.rehearsal_clock)
    engine = open_engine(database_url(server_url, module.database_name))
    return Resources(
        settings=replace(settings, data_dir=settings.data_dir or default_data_dir()),
        clock=clock,
        database=Database(engine, module.name, clock),
        menu=whole_menu(),
        is_migrated=partial(is_at_head, engine, module),
    )


@dataclass(frozen=True, slots=True)
class _CloseUnit:
    """Something to be closed after everything that needs it has stopped."""

    name: str
    opened: Callable[[], None]
    closed: Callable[[], None]
    needs: tuple[str, ...] = ()

    def start(self, failed: Callable[[str, BaseException], None]) -> None:  # noqa: ARG002 (protocol)
        self.opened()

    def stop(self, deadline: float) -> None:  # noqa: ARG002 (protocol)
        self.closed()


class Plan:
    """What runs in this process, and with which resources."""

    def __init__(
        self,
        settings: Settings,
        server_url: str,
        readiness: Readiness,
        modules: Sequence[Module],
        roles: Collection[Role],
    ) -> None:
        """Open the resources of `modules`; nothing runs yet.

        Raises `BrokerMissingError` when events would have to leave the process without a broker.
        """
        is_whole = len(modules) == len(_IN_ORDER)
        if "worker" in roles and not settings.broker_url and not is_whole:
            raise BrokerMissingError
        self._settings = settings
        self._readiness = readiness
        self._modules = tuple(modules)
        self._roles = frozenset(roles)
        self.resources = {
            module.name: open_resources(settings, server_url, module) for module in modules
        }
        self._processors: dict[str, Processor] = {}
        self._leads: dict[str, Callable[[], bool]] = {}

    @property
    def _databases(self) -> dict[str, Database]:
        return {name: resources.database for name, resources in self.resources.items()}

    def background_units(self) -> list[Unit]:
        """Return everything but the web server."""
        units: list[Unit] = [self._database_unit(), *self._gauge_units()]
        if "worker" in self._roles:
            for module in self._modules:
                units += self._worker_units(module)
        if "scheduler" in self._roles:
            units += [self._scheduler_unit(module) for module in self._modules]
        return units

    def web_unit(self) -> WebUnit:
        """Return the web server: the services' pages, or only health and metrics.

        It needs nothing by name: it is started last and so stops first.
        """
        application: WSGIApplication = Probe(self._readiness)
        if "web" in self._roles:
            apps: Mapping[str, WSGIApplication] = {
                f"/{module.business}": module.create_app(self.resources[module.name])
                for module in self._modules
            }
            names = {module.name: f"/{module.business}" for module in self._modules}
            root = names.get(ROOT_SERVICE) or next(iter(apps))
            application = Dispatcher(apps, apps[root], self._readiness)
        return WebUnit(application, self._settings.host, self._settings.port)

    def _database_unit(self) -> Unit:
        def dispose() -> None:
            for database in self._databases.values():
                database.engine.dispose()

        return _CloseUnit("databases", lambda: None, dispose)

    def _gauge_units(self) -> list[Unit]:
        databases = tuple(self._databases.values())
        figures = {module.name: module.figures for module in self._modules}
        disk = DiskGauges(self._settings.data_dir or default_data_dir())
        asking = {
            "gauges": DatabaseGauges(databases),
            "figures": FigureGauges(databases, figures, self._is_leader),
        }
        units: list[Unit] = [
            _CloseUnit("disk", partial(METRICS.register, disk), partial(METRICS.unregister, disk))
        ]
        units += [
            _CloseUnit(
                name,
                partial(each.register, METRICS),
                partial(each.close, METRICS),
                needs=("databases",),
            )
            for name, each in asking.items()
        ]
        return units

    def _is_leader(self, service: str) -> bool:
        leads = self._leads.get(service)
        return leads is not None and leads()

    def _worker_units(self, module: Module) -> list[Unit]:
        name, database = module.name, self.resources[module.name].database
        settings = self.resources[name].settings
        keeper = LeaseKeeper(Lease(database.engine, "relay"), name)
        transport = self._transport()
        relay = Relay(database, transport, keeper.holds)
        wake_after_telling(database.engine, relay.wake)
        units: list[Unit] = [
            ThreadUnit(f"relay-lease:{name}", name, keeper.run, ("databases",)),
            ThreadUnit(
                f"relay:{name}",
                name,
                partial(_relay, relay, transport),
                (f"relay-lease:{name}",),
                wake=relay.wake,
            ),
            ThreadUnit(
                f"sealer:{name}", name, partial(keep_sealing, database, settings), ("databases",)
            ),
        ]
        units += [
            ThreadUnit(
                f"{each.name}:{name}",
                name,
                partial(keep_working, database, each.step),
                ("databases",),
            )
            for each in module.workers
        ]
        if module.handlers:
            units += self._hearing_units(module, database)
        return units

    def _hearing_units(self, module: Module, database: Database) -> list[Unit]:
        name = module.name
        processor = Processor(database, name, module.handlers)
        self._processors[name] = processor
        units: list[Unit] = [
            ThreadUnit(
                f"processor:{name}", name, processor.run, ("databases",), wake=processor.wake
            )
        ]
        if self._settings.broker_url:
            # kombu and pika are loaded only where a broker is used.
            from shared.transport.rabbitmq.consumer import Receiver  # noqa: PLC0415

            receiver = Receiver(
                self._settings.broker_url, self._topology(), name, database, processor.wake.set
            )
            units.append(ThreadUnit(f"receiver:{name}", name, receiver.run, (f"processor:{name}",)))
        return units

    def _transport(self) -> Transport:
        if self._settings.broker_url:
            from shared.transport.rabbitmq.publisher import RabbitTransport  # noqa: PLC0415

            return RabbitTransport(self._settings.broker_url, self._topology())
        targets = {name: (self._databases[name], heard) for name, heard in subscriptions().items()}
        return LocalTransport(targets, self._arrived)

    def _topology(self) -> Topology:
        from shared.transport.rabbitmq.topology import Topology  # noqa: PLC0415

        return Topology(subscriptions(), self._settings.partitions)

    def _arrived(self, subscription: str) -> None:
        processor = self._processors.get(subscription)
        if processor is not None:
            processor.wake.set()

    def _scheduler_unit(self, module: Module) -> Unit:
        # APScheduler is loaded only where something is scheduled.
        from shared.runtime.frame_jobs import frame_jobs  # noqa: PLC0415
        from shared.runtime.scheduler import Scheduler  # noqa: PLC0415

        jobs = (*module.jobs, *frame_jobs(self._settings, module.name))
        scheduler = Scheduler(self.resources[module.name].database, jobs)
        self._leads[module.name] = scheduler.leads
        return ThreadUnit(f"scheduler:{module.name}", module.name, scheduler.run, ("databases",))


def _relay(relay: Relay, transport: Transport, stop: threading.Event) -> None:
    try:
        relay.run(stop)
    finally:
        transport.close()
