"""Act: write a telephone reminder into the log."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.eval_svc.store.campaigns import ContactRow
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class NoteContact:
    """Whom of the unit was called and what was said."""

    fiscal_year: int
    unit_id: UUID
    person: str
    note: str


def note_contact(uow: UnitOfWork, clock: Clock, actor: Actor, command: NoteContact) -> ContactRow:
    """Keep the note; raise `NotFoundError` for a unit outside the scope."""
    require(actor, "evaluation.self_evaluation.receive_paper")
    unit = find_unit(uow.session, actor.scope.region, command.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if not command.note.strip():
        raise InvalidInputError([FieldProblem("note", "missing", "请填写通话内容。")])
    row = ContactRow(
        region_code=actor.scope.region,
        fiscal_year=command.fiscal_year,
        contact_id=new_id(),
        unit_id=unit.unit_id,
        contacted_at=clock.now(),
        contacted_by=actor.name,
        person=command.person.strip(),
        note=command.note.strip(),
    )
    uow.session.add(row)
    return row
