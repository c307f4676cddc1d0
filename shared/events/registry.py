"""Every event type, declared once: owner, schema, meaning.

A schema never changes in place: a breaking change is a `.v2` beside the `.v1`. The golden sample
of each type lies in `samples/<type>.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from marshmallow import RAISE, Schema

from shared.events.shortcut import Shortcut

BUSINESS_NAMES = {
    "target_svc": "target",
    "monitor_svc": "monitoring",
    "eval_svc": "evaluation",
    "oversight_svc": "oversight",
}
"""Service folder → the name used in event types and URL prefixes."""
SERVICE_FOLDERS = {business: folder for folder, business in BUSINESS_NAMES.items()}


@dataclass(frozen=True, slots=True)
class EventType:
    """One declared event type; `name` is `<business>.<subject>.<past participle>.v<n>`."""

    name: str
    owner: str
    schema: Schema
    meaning: str
    shortcut: Shortcut

    def check(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Validate and return `data` (Python values) in its JSON form."""
        dumped = self.shortcut.dump(data)
        if dumped is None:
            dumped = cast("dict[str, Any]", self.schema.dump(data))
            self.schema.load(dumped)
        return dumped

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Validate JSON `data` and return Python values (Decimal, date, UUID)."""
        loaded: dict[str, Any] = self.schema.load(data)
        return loaded


_REST = ("subject", "past participle", "version")
"""What follows the business name in an event type."""


class Registry:
    """The closed list of event types."""

    def __init__(self) -> None:
        """Start empty; each service's schema file adds its own types at import."""
        self._types: dict[str, EventType] = {}

    def declare(self, name: str, schema: type[Schema], meaning: str) -> str:
        """Declare a type and return its name; raise `ValueError` for one against the grammar."""
        business, *rest = name.split(".")
        if (
            business not in SERVICE_FOLDERS
            or len(rest) != len(_REST)
            or not rest[2].startswith("v")
        ):
            raise ValueError(f"event type {name!r} breaks the name grammar")
        if name in self._types:
            raise ValueError(f"event type {name!r} declared twice")
        made = schema(unknown=RAISE)
        self._types[name] = EventType(
            name, SERVICE_FOLDERS[business], made, meaning, Shortcut(made)
        )
        return name

    def get(self, name: str) -> EventType:
        """Return the declared type; raise `KeyError` when it is unknown."""
        return self._types[name]

    def all(self) -> tuple[EventType, ...]:
        """Return every declared type, by name."""
        return tuple(self._types[name] for name in sorted(self._types))


REGISTRY = Registry()
