"""Wakes the relay of the same process right after a commit that told something.

Only a hint beside polling: a relay in another process finds the rows at its next look.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

_TOLD = "events_told"
_sleepers: WeakKeyDictionary[Engine, WeakSet[threading.Event]] = WeakKeyDictionary()


def wake_after_telling(engine: Engine, wake: threading.Event) -> None:
    """Set `wake` after every commit on `engine` that wrote an event into the outbox."""
    _sleepers.setdefault(engine, WeakSet()).add(wake)


def note_told(session: Session) -> None:
    """Remember that the open transaction of `session` tells an event."""
    session.info[_TOLD] = True


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint was released; nothing is committed yet
        return
    if session.info.pop(_TOLD, False):
        for wake in _sleepers.get(session.get_bind().engine, ()):
            wake.set()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_TOLD, None)
