"""How a service tells the runtime what it is made of: each has a `module.py` with a `MODULE`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from shared.events.registry import BUSINESS_NAMES

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import MetaData

    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import Database, UnitOfWork
    from shared.events.envelope import Event
    from shared.observability.figures import Figure
    from shared.runtime.settings import Settings

Handler = Callable[["UnitOfWork", "Clock", "Actor", "Event"], None]
"""Applies one event: a use case, called with the open unit of work; raises to be tried again."""

JobAct = Callable[["UnitOfWork", "Clock", "Actor"], None]
"""One scheduled act, in one transaction, safe to run again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled act. `every_seconds` is the tick; truth is in due rows, never in the timer."""

    name: str
    every_seconds: int
    act: JobAct


@dataclass(frozen=True, slots=True)
class Worker:
    """Long work people start and leave. `step` does one piece; false when there is none to do.

    Several processes may run the same worker: a step claims its piece in the database.
    """

    name: str
    step: Callable[[Database], bool]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the console menu; shown to actors holding `permission`."""

    title: str
    path: str
    permission: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A service's part of the menu."""

    title: str
    entries: tuple[MenuEntry, ...]
    icon: str = ""
    place: int = 50
    """Groups stand in the order of their places; equal ones in the order of the services."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What `create_app` gets: everything a service may use, already opened."""

    settings: Settings
    clock: Clock
    database: Database
    menu: tuple[MenuGroup, ...] = ()
    is_migrated: Callable[[], bool] = field(default=lambda: True)
    """Whether the database has the schema this program needs; asked by readiness."""


def loaded_when_called(place: str) -> Callable[[Resources], Flask]:
    """Return `create_app` of the file `place` without loading it.

    Pages and interfaces are loaded only where they are served.
    """

    def create_app(resources: Resources) -> Flask:
        app: Flask = import_module(place).create_app(resources)
        return app

    return create_app


@dataclass(frozen=True, slots=True)
class Module:
    """One service, as the runtime sees it."""

    name: str  # the folder: target_svc
    title: str  # 绩效目标
    metadata: MetaData
    migrations: Path
    create_app: Callable[[Resources], Flask]
    handlers: dict[str, Handler] = field(default_factory=dict)  # event type → use case
    jobs: tuple[Job, ...] = ()
    workers: tuple[Worker, ...] = ()
    figures: tuple[Figure, ...] = ()  # what Prometheus sees of the work, asked by the leader

    @property
    def business(self) -> str:
        """The business name: URL prefix, event prefix, database suffix (target, monitoring …)."""
        return BUSINESS_NAMES[self.name]

    @property
    def database_name(self) -> str:
        """Name of this service's database."""
        return f"wenxiao_{self.business}"
