"""W3C trace context of the present call, stored with every event."""

from __future__ import annotations

from contextvars import ContextVar

_traceparent: ContextVar[str] = ContextVar("traceparent", default="")


def current_traceparent() -> str:
    """Return the W3C `traceparent` of the present request or event, or an empty text."""
    return _traceparent.get()


def use_traceparent(value: str) -> None:
    """Take over the `traceparent` that came with a request or an event."""
    _traceparent.set(value)
