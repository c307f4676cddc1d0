"""Act on an event: note in the contact log that a unit was reminded or urged (HC17.1)."""

from __future__ import annotations

from services.eval_svc.store.campaigns import ContactRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.ids import new_id

OWN_SUBJECT = "evaluation.self_evaluation"
BY_SYSTEM = "系统"


def note_escalation(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep what was done about a form of this service; what still waits is not yet a contact."""
    data = REGISTRY.get(event.type).read(event.data)
    if data["subject_kind"] != OWN_SUBJECT or data["state"] not in ("done", "taken"):
        return
    by = data["settler_name"] or BY_SYSTEM
    parts = (data["title"], data["document_number"], data["note"])
    uow.session.add(
        ContactRow(
            region_code=event.subject.region,
            fiscal_year=event.subject.fiscal_year,
            contact_id=new_id(),
            unit_id=data["unit_id"],
            contacted_at=event.time,
            contacted_by=by,
            person=data["person"] or by,
            note="：".join(part for part in parts if part),
        )
    )
