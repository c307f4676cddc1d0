"""Which event is applied by which use case."""

from __future__ import annotations

from services.monitor_svc.usecases.copy_finding import copy_finding
from services.monitor_svc.usecases.copy_project import copy_project
from services.monitor_svc.usecases.note_escalation import note_escalation
from services.monitor_svc.usecases.open_report import open_report
from shared.events import oversight, target
from shared.runtime.frame import FRAME_HANDLERS
from shared.runtime.module import Handler

HANDLERS: dict[str, Handler] = {
    **FRAME_HANDLERS,
    target.PROJECT_REGISTERED: copy_project,
    target.PROJECT_CHANGED: copy_project,
    target.TARGET_APPROVED: open_report,
    oversight.FINDING_CHANGED: copy_finding,
    oversight.ESCALATION_CHANGED: note_escalation,
}
