"""The event envelope: CloudEvents 1.0 in structured JSON with our extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

CONTENT_TYPE = "application/cloudevents+json"
SPEC_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Subject:
    """The aggregate an event is about, and the version the event brought it to.

    `version` counts from 1 for each aggregate; region and budget year place it. A subject that
    belongs to no budget year (a unit, an account) has `fiscal_year` 0.
    """

    id: UUID
    version: int
    region: str
    fiscal_year: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A fact one service tells the others. `data` is JSON-ready: amounts are strings in 元.

    `traceparent` names the span it was told in; what it causes belongs to the same trace. A replay
    puts that into `trace_link` and its own span in its place: what comes of it is another trace.
    """

    id: UUID
    type: str
    source: str
    subject: Subject
    time: datetime
    actor: str
    correlation_id: str
    causation_id: str
    traceparent: str
    data: Mapping[str, Any]
    trace_link: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the CloudEvents 1.0 structured form; empty optional attributes are left out."""
        optional = {
            "causationid": self.causation_id,
            "traceparent": self.traceparent,
            "tracelink": self.trace_link,
        }
        return {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "type": self.type,
            "source": self.source,
            "subject": str(self.subject.id),
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            "region": self.subject.region,
            "fiscalyear": self.subject.fiscal_year,
            "aggregateversion": self.subject.version,
            "actor": self.actor,
            "correlationid": self.correlation_id,
            **{name: value for name, value in optional.items() if value},
            "data": dict(self.data),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Event:
        """Read a structured CloudEvent; raise `UndecodableEventError` for any other content."""
        try:
            if content["specversion"] != SPEC_VERSION:
                raise UndecodableEventError(f"specversion {content['specversion']!r}")
            return cls(
                id=UUID(content["id"]),
                type=str(content["type"]),
                source=str(content["source"]),
                subject=Subject(
                    id=UUID(content["subject"]),
                    version=int(content["aggregateversion"]),
                    region=str(content["region"]),
                    fiscal_year=int(content["fiscalyear"]),
                ),
                time=_aware(str(content["time"])),
                actor=str(content["actor"]),
                correlation_id=str(content["correlationid"]),
                causation_id=str(content.get("causationid", "")),
                traceparent=str(content.get("traceparent", "")),
                data=dict(content["data"]),
                trace_link=str(content.get("tracelink", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UndecodableEventError(f"{type(error).__name__}: {error}") from error


class UndecodableEventError(Exception):
    """Bytes from the broker that are no event of ours; they are kept aside, never dropped."""


def _aware(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("time without zone")
    return instant
