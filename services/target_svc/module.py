"""This service, told to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.target_svc.consumers import HANDLERS
from services.target_svc.queries.figures import FIGURES
from services.target_svc.store import metadata
from shared.runtime.module import Module, loaded_when_called

MODULE = Module(
    name="target_svc",
    title="绩效目标",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    create_app=loaded_when_called("services.target_svc.app"),
    handlers=HANDLERS,
    figures=FIGURES,
)
