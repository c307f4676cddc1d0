"""The stage the example's story is played on: its clock, its actors, and how events get about.

The example is played through the very use cases people call, in story time, and its events travel
through the real outboxes and inboxes, so nothing in the databases is there by another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from services.registry import all_modules
from shared.access.actor import Actor, Scope
from shared.clock import LOCAL_ZONE, local_date
from shared.db.unit_of_work import Database
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.runtime.module import Resources
from shared.transport.local import LocalTransport

REGION = "511621"


class StoryClock:
    """Time as the story tells it."""

    is_rehearsal = True

    def __init__(self, start: datetime) -> None:
        """Begin at the aware instant `start`."""
        self._now = start

    def now(self) -> datetime:
        """Return the present instant of the story."""
        return self._now

    def today(self) -> date:
        """Return the present day of the story."""
        return local_date(self._now)

    def move_to(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """Go on to a local day and hour; the story never goes back."""
        there = datetime.combine(day, time(hour, minute), LOCAL_ZONE).astimezone(UTC)
        self._now = max(self._now, there)


@dataclass(frozen=True, slots=True)
class Person:
    """An account in a post, as an actor of the story."""

    actor: Actor
    login: str


class Stage:
    """Databases of all four services in story time."""

    def __init__(self, resources: Mapping[str, Resources], clock: StoryClock) -> None:
        """Use the engines of `resources` with the story's clock."""
        self.clock = clock
        self.databases = {
            name: Database(each.database.engine, name, clock) for name, each in resources.items()
        }
        targets = {
            module.name: (self.databases[module.name], frozenset(module.handlers))
            for module in all_modules()
        }
        transport = LocalTransport(targets)
        self._relays = [
            Relay(database, transport, lambda: True) for database in self.databases.values()
        ]
        self._processors = [
            Processor(self.databases[module.name], module.name, module.handlers)
            for module in all_modules()
        ]
        self.people: dict[str, Person] = {}

    def pump(self) -> None:
        """Carry events from outboxes to inboxes and apply them until all is quiet."""
        moved = 1
        while moved:
            moved = sum(relay.run_once() for relay in self._relays)
            moved += sum(processor.run_once() for processor in self._processors)

    def actor(self, login: str) -> Actor:
        """Return the actor who signs in as `login`."""
        return self.people[login].actor


def founder() -> Actor:
    """Return the actor who sets the example up: what an installer would do by hand."""
    return Actor(
        account_id=None,
        name="示例初始化",
        post_id=None,
        post_name="示例初始化",
        roles=frozenset({"system_admin", "security_admin", "fin_perf", "fin_budget"}),
        scope=Scope(region=REGION, whole_region=True),
    )


def within(unit_path: str, name: str, roles: frozenset[str], unit_id: UUID | None) -> Actor:
    """Return an unnamed actor of a unit, for story lines nobody signs in for."""
    return Actor(
        account_id=None,
        name=name,
        post_id=None,
        post_name="经办人",
        roles=roles,
        scope=Scope(region=REGION, unit_paths=(unit_path,)),
        unit_id=unit_id,
    )
