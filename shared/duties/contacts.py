"""Telephone and other reminders, kept for who asks later (Y25-4.3, HC17.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from shared.access.actor import Actor
from shared.access.rights import require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.duties.tables import ContactColumns
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.ids import new_id

Contact = TypeVar("Contact", bound=ContactColumns)
BY_SYSTEM = "系统"


@dataclass(frozen=True, slots=True)
class NoteContact:
    """Whom of the unit was called and what was said."""

    fiscal_year: int
    unit_id: UUID
    person: str
    note: str


def keep_contact(
    uow: UnitOfWork, clock: Clock, actor: Actor, row: type[Contact], command: NoteContact
) -> Contact:
    """Keep the note; raise `NotFoundError` for a unit outside the scope."""
    unit = find_unit(uow.session, actor.scope.region, command.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if not command.note.strip():
        raise InvalidInputError([FieldProblem("note", "missing", "请填写通话内容。")])
    contact = row()
    contact.region_code = actor.scope.region
    contact.fiscal_year = command.fiscal_year
    contact.contact_id = new_id()
    contact.unit_id = unit.unit_id
    contact.contacted_at = clock.now()
    contact.contacted_by = actor.name
    contact.person = command.person.strip()
    contact.note = command.note.strip()
    uow.session.add(contact)
    return contact


def keep_escalation(uow: UnitOfWork, row: type[ContactColumns], kind: str, event: Event) -> None:
    """Keep what was done about a duty of `kind`; what still waits is not yet a contact."""
    data = REGISTRY.get(event.type).read(event.data)
    if data["subject_kind"] != kind or data["state"] not in ("done", "taken"):
        return
    by = data["settler_name"] or BY_SYSTEM
    parts = (data["title"], data["document_number"], data["note"])
    contact = row()
    contact.region_code = event.subject.region
    contact.fiscal_year = event.subject.fiscal_year
    contact.contact_id = new_id()
    contact.unit_id = data["unit_id"]
    contact.contacted_at = event.time
    contact.contacted_by = by
    contact.person = data["person"] or by
    contact.note = "：".join(part for part in parts if part)
    uow.session.add(contact)
