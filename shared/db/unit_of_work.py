"""Unit of work: one transaction holding the change, its events and its trail, or none of them.

`with database.begin() as uow:` commits on a clean end and rolls back on any exception. Use cases
take the open unit of work and never commit, so a request, a batch row and an event consumer can
run the same use case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.events.envelope import Event, Subject

from shared.outbox.writer import write_event
from shared.trail.record import Act, write_act


class UnitOfWork:
    """An open transaction of one service."""

    def __init__(self, session: Session, service: str, clock: Clock) -> None:
        """Wrap `session`; `service` names the source of the events it records."""
        self.session = session
        self.service = service
        self._clock = clock
        self.cause: Event | None = None

    def emit(self, event_type: str, subject: Subject, actor: Actor, data: dict[str, Any]) -> UUID:
        """Record an event in the outbox, validated against its schema; return its id.

        Raises `marshmallow.ValidationError` when `data` does not fit the registered schema, and
        `sqlalchemy.exc.IntegrityError` when the subject's version was used already.
        """
        return write_event(self, event_type, subject, actor, data, self._clock.now())

    def record(self, actor: Actor, act: Act) -> None:
        """Write one trail record: who, from which post, did what to what, before and after."""
        write_act(self, actor, act, self._clock.now())

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run a part that may fail alone, such as one row of a batch."""
        with self.session.begin_nested():
            yield


@dataclass(frozen=True, slots=True)
class Database:
    """A service's database and the clock its records are stamped with."""

    engine: Engine
    service: str
    clock: Clock

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit of work; commit at a clean end, else roll back and re-raise."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield UnitOfWork(session, self.service, self.clock)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for queries; nothing is kept, and writing in it is refused."""
        with Session(self.engine) as session:
            session.connection(execution_options={"postgresql_readonly": True})
            yield session
            session.expunge_all()  # what was read stays readable after the session is closed
            session.rollback()

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Open a connection for a question or two that every request asks.

        Each question is a transaction of its own, so that nothing but it goes to the server.
        """
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")
