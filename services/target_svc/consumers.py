"""Which event is applied by which use case."""

from __future__ import annotations

from services.target_svc.usecases.keep_decision import keep_decision
from services.target_svc.usecases.keep_evaluation import keep_evaluation
from shared.events import evaluation, oversight
from shared.runtime.frame import FRAME_HANDLERS
from shared.runtime.module import Handler

HANDLERS: dict[str, Handler] = {
    **FRAME_HANDLERS,
    evaluation.SELF_EVALUATION_ACCEPTED: keep_evaluation,
    oversight.ACCOUNTABILITY_DECIDED: keep_decision,
}
