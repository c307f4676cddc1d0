"""This service, told to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.oversight_svc.consumers import HANDLERS
from services.oversight_svc.jobs import JOBS, WORKERS
from services.oversight_svc.queries.figures import FIGURES
from services.oversight_svc.store import metadata
from shared.runtime.module import Module, loaded_when_called

MODULE = Module(
    name="oversight_svc",
    title="监督",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    create_app=loaded_when_called("services.oversight_svc.app"),
    handlers=HANDLERS,
    jobs=JOBS,
    workers=WORKERS,
    figures=FIGURES,
)
