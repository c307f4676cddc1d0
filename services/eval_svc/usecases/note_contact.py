"""Act: write a telephone reminder into the log."""

from __future__ import annotations

from services.eval_svc.store.campaigns import ContactRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.contacts import NoteContact, keep_contact


def note_contact(uow: UnitOfWork, clock: Clock, actor: Actor, command: NoteContact) -> ContactRow:
    """Keep the note; raise `NotFoundError` for a unit outside the scope."""
    require(actor, "evaluation.self_evaluation.receive_paper")
    return keep_contact(uow, clock, actor, ContactRow, command)
