"""This service, told to the runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.monitor_svc.consumers import HANDLERS
from services.monitor_svc.store import metadata
from shared.runtime.module import Module

if TYPE_CHECKING:
    from flask import Flask

    from shared.runtime.module import Resources


def _create_app(resources: Resources) -> Flask:
    # Pages and interfaces are loaded only where they are served.
    from services.monitor_svc.app import create_app  # noqa: PLC0415

    return create_app(resources)


MODULE = Module(
    name="monitor_svc",
    title="运行监控",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    create_app=_create_app,
    handlers=HANDLERS,
)
