"""This service, told to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.eval_svc.consumers import HANDLERS
from services.eval_svc.jobs import JOBS, WORKERS
from services.eval_svc.store import metadata
from shared.runtime.module import Module, loaded_when_called

MODULE = Module(
    name="eval_svc",
    title="绩效评价",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    create_app=loaded_when_called("services.eval_svc.app"),
    handlers=HANDLERS,
    jobs=tuple(JOBS),
    workers=tuple(WORKERS),
)
