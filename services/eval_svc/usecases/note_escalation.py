"""Act on an event: note in the contact log that a unit was reminded or urged (HC17.1)."""

from __future__ import annotations

from services.eval_svc.store.campaigns import ContactRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.contacts import keep_escalation
from shared.events.envelope import Event


def note_escalation(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep what was done about a duty of this service."""
    keep_escalation(uow, ContactRow, SelfEvaluationRow.KIND, event)
