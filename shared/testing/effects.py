"""A made-up event and a use case whose effects tests can count: once, in order, or not."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy import BigInteger, Engine, Identity, MetaData, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import Registry
from shared.ids import new_id
from shared.testing.events import make_event
from shared.trail.tables import TrailRow

SUBSCRIPTION = "monitor_svc"
TRAIL = TrailRow.__tablename__
"""The trail's tables are made with the frame's others once its module is imported."""


class NoteSchema(Schema):
    """Data of the made-up event."""

    number = fields.Integer(required=True)


NOTES = Registry()
NOTE_WRITTEN = NOTES.declare("target.note.written.v1", NoteSchema, "A note was written")


class _Base(DeclarativeBase):
    metadata = MetaData()


class EffectRow(_Base):
    """One application of an event; nothing keeps a second one out, so that a test can see it."""

    __tablename__ = "effect"

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID]
    aggregate_id: Mapped[UUID]
    aggregate_version: Mapped[int]


def apply_note(uow: UnitOfWork, _clock: Clock, _actor: Actor, event: Event) -> None:
    """Leave one effect for the event."""
    uow.session.add(
        EffectRow(
            event_id=event.id,
            aggregate_id=event.subject.id,
            aggregate_version=event.subject.version,
        )
    )


def event_database(engine: Engine, service: str, clock: Clock) -> Database:
    """Make the frame's tables and the effects' in an empty database; return it as `service`'s."""
    FRAME_METADATA.create_all(engine)
    _Base.metadata.create_all(engine)
    return Database(engine, service, clock)


def notes(aggregates: int, versions: int) -> list[Event]:
    """Return events of that many aggregates, each with versions from 1, taking turns."""
    ids = [new_id() for _ in range(aggregates)]
    return [
        make_event(NOTE_WRITTEN, {"number": version}, aggregate=aggregate, version=version)
        for version in range(1, versions + 1)
        for aggregate in ids
    ]


def applied(database: Database) -> list[tuple[UUID, int]]:
    """Return (aggregate, version) of every effect, in the order of application."""
    with database.read() as session:
        rows = session.execute(
            select(EffectRow.aggregate_id, EffectRow.aggregate_version).order_by(EffectRow.position)
        )
        return [(row[0], row[1]) for row in rows]


def inversions(sequence: Iterable[tuple[UUID, int]]) -> int:
    """Count the applications (aggregate, version) that came after a later version of the same."""
    highest: dict[UUID, int] = {}
    found = 0
    for aggregate, version in sequence:
        if version <= highest.get(aggregate, 0):
            found += 1
        highest[aggregate] = max(version, highest.get(aggregate, 0))
    return found
