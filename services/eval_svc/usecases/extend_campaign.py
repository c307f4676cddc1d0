"""Act: move the due date of chosen units or the whole campaign, on the basis of a document."""

from __future__ import annotations

from services.eval_svc.store.campaigns import ExtensionRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.extending import ExtendDuties, duties_to_extend, extend_duty
from shared.ids import new_id


def extend_campaign(uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendDuties) -> int:
    """Return how many forms were extended; the old date stays visible on each.

    Raises `InvalidInputError` without basis document, reason or anything to extend.
    """
    require(actor, "evaluation.campaign.extend")
    forms = duties_to_extend(uow, clock, actor, SelfEvaluationRow, command)
    batch_id = new_id()
    for form in forms:
        extension = ExtensionRow(self_evaluation_id=form.self_evaluation_id, batch_id=batch_id)
        extend_duty(uow, clock, actor, form, extension, command, title=form.name)
    return len(forms)
