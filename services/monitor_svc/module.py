"""This service, told to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.monitor_svc.consumers import HANDLERS
from services.monitor_svc.store import metadata
from shared.runtime.module import Module, loaded_when_called

MODULE = Module(
    name="monitor_svc",
    title="运行监控",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    create_app=loaded_when_called("services.monitor_svc.app"),
    handlers=HANDLERS,
)
