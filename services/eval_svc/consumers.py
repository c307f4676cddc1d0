"""Which event is applied by which use case."""

from __future__ import annotations

from services.eval_svc.usecases.copy_finding import copy_finding
from services.eval_svc.usecases.note_escalation import note_escalation
from services.eval_svc.usecases.register_object import (
    copy_project,
    keep_monitoring,
    register_object,
)
from shared.events import monitoring, oversight, target
from shared.runtime.frame import FRAME_HANDLERS
from shared.runtime.module import Handler

HANDLERS: dict[str, Handler] = {
    **FRAME_HANDLERS,
    target.PROJECT_REGISTERED: copy_project,
    target.PROJECT_CHANGED: copy_project,
    target.TARGET_APPROVED: register_object,
    monitoring.REPORT_ACCEPTED: keep_monitoring,
    oversight.FINDING_CHANGED: copy_finding,
    oversight.ESCALATION_CHANGED: note_escalation,
}
