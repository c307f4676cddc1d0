"""The transport of the single process: straight into each subscriber's inbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.db.unit_of_work import Database
from shared.outbox.inbox import insert_envelopes
from shared.transport.port import Outgoing

_log = structlog.get_logger(__name__)


def _tell_nobody(_subscription: str) -> None:
    return


class LocalTransport:
    """Inserts into the inboxes of `targets`: subscription name → (database, event types).

    `arrived` is called with the subscription's name after its inbox got something, so that a
    processor in the same process need not wait for its next look.
    """

    def __init__(
        self,
        targets: Mapping[str, tuple[Database, frozenset[str]]],
        arrived: Callable[[str], None] = _tell_nobody,
    ) -> None:
        self._targets = dict(targets)
        self._arrived = arrived

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        """Insert each event for its subscribers; an unreachable inbox keeps only its own back."""
        failed: set[UUID] = set()
        for subscription, (database, event_types) in self._targets.items():
            wanted = [item for item in batch if item.event_type in event_types]
            if not wanted:
                continue
            try:
                with database.begin() as uow:
                    envelopes = [item.envelope for item in wanted]
                    insert_envelopes(uow.session, subscription, envelopes, database.clock.now())
            except SQLAlchemyError:
                _log.warning("inbox unreachable", subscription=subscription, exc_info=True)
                failed.update(item.event_id for item in wanted)
            else:
                self._arrived(subscription)
        return frozenset(item.event_id for item in batch) - failed

    def close(self) -> None:
        """Nothing is held open."""
