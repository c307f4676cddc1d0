"""Traces over processes: W3C trace context from a request through events to what they cause.

OpenTelemetry's API is used here, its SDK in `exporting.py`, neither anywhere else. Without an
exporter no span is recorded; the context that came with a request is still carried on.

A span never holds contents, names of people, addresses asked for or values of parameters: only
the kind of act, the event's type and id, and the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypedDict

from opentelemetry import context, trace
from opentelemetry.trace import (
    Link,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

HEADER = "traceparent"
LONGEST_TRACEPARENT = 256

Attributes = Mapping[str, str | int]
Kind = Literal["SERVER", "PRODUCER", "CONSUMER"]

_PROPAGATOR = TraceContextTextMapPropagator()
_NOBODY: Tracer = NoOpTracer()
_tracer = _NOBODY


def use_tracer(tracer: Tracer | None) -> None:
    """Record spans with `tracer` from now on; with none of them, record nothing."""
    global _tracer  # noqa: PLW0603 (one for the process, as OpenTelemetry's own)
    _tracer = tracer or _NOBODY


def is_recording() -> bool:
    """Tell whether anybody records spans; only then are they worth preparing."""
    return _tracer is not _NOBODY


def current_traceparent() -> str:
    """Return the W3C `traceparent` of the present request or event, or an empty text."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(HEADER, "")


def span_context(traceparent: str) -> SpanContext | None:
    """Return what `traceparent` names; nothing for a text that is none."""
    if not traceparent or len(traceparent) > LONGEST_TRACEPARENT:
        return None
    read = _PROPAGATOR.extract({HEADER: traceparent}, context.Context())
    found = trace.get_current_span(read).get_span_context()
    return found if found.is_valid else None


class Origin(TypedDict):
    """How a span hangs together with what was before, as `span` takes it."""

    parent: str
    linked: tuple[str, ...]


def trace_of(traceparent: str, trace_link: str, *, is_first: bool = True) -> Origin:
    """Return where the handling of an event belongs.

    The first handling goes on with the event's trace. A repeated one, or one of a replayed event
    (it has a `trace_link`), begins a trace of its own, linked to what led to it.
    """
    if is_first and not trace_link:
        return {"parent": traceparent, "linked": ()}
    return {"parent": "", "linked": (trace_link, traceparent)}


def fail(opened: Span) -> None:
    """Mark a span as failed."""
    opened.set_status(StatusCode.ERROR)


@contextmanager
def span(
    name: str,
    kind: Kind,
    attributes: Attributes,
    *,
    parent: str = "",
    linked: tuple[str, ...] = (),
) -> Iterator[Span]:
    """Do the block as a span of its own, never within the span that happens to be open.

    It goes on with the trace of `parent`, a `traceparent`; without a valid one it begins a trace.
    `linked` names spans of other traces that led here. An exception marks the span as failed, by
    its class only: messages may hold what people wrote.
    """
    before = span_context(parent)
    around = context.Context()
    if before is not None:
        around = trace.set_span_in_context(trace.NonRecordingSpan(before), around)
    links = [Link(found) for found in map(span_context, linked) if found is not None]
    opened = _tracer.start_span(name, around, SpanKind[kind], attributes, links)
    token = context.attach(trace.set_span_in_context(opened, around))
    try:
        yield opened
    except BaseException as error:
        opened.set_attribute("error.type", type(error).__name__)
        fail(opened)
        raise
    finally:
        context.detach(token)
        opened.end()


def add_trace_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the trace's id on a log line, when there is a trace."""
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = trace.format_trace_id(found.trace_id)
    return event
