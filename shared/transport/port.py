"""What the relay asks of a transport: put each event into every subscriber's inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event as the relay hands it over: what routing needs, and the envelope as JSON text.

    The text goes from outbox to inbox as it is; nobody on the way takes it apart.
    """

    event_id: UUID
    event_type: str
    aggregate_id: UUID
    envelope: str


class Transport(Protocol):
    """Carries events; the relay marks an event sent only when its id came back."""

    def send(self, batch: Sequence[Outgoing]) -> frozenset[UUID]:
        """Send events of different aggregates; return the ids that are safe for every subscriber.

        An event nobody subscribes to is safe at once. Ids left out are sent again later, which is
        harmless: an inbox knows what it has. Raises `TransportUnavailableError` when nothing went.
        """
        ...

    def close(self) -> None:
        """Let go of connections; the transport is not used afterwards."""
        ...


class TransportUnavailableError(Exception):
    """The other side cannot be reached now; events wait in the outbox."""
