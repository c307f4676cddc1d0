"""Sending spans to a collector by OTLP, for those who set where it listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.observability.tracing import use_tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

SEND_SECONDS = 3
"""How long one sending may take; a collector that is away must not hold up the end of a process."""


def start_tracing(endpoint: str, program: str) -> None:
    """Send spans to `endpoint` (OTLP over HTTP) from now on; with an empty one, nothing happens.

    `program` is the process's name in the trace. Spans wait in memory and are dropped when there
    are too many of them: a collector that is away costs nothing but the spans.
    """
    if not endpoint:
        return
    # Loaded only where it is used: it takes as long as half of a start-up.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    exporter = OTLPSpanExporter(endpoint, timeout=SEND_SECONDS)
    _record(BatchSpanProcessor(exporter), program)


@contextmanager
def recorded(processor: SpanProcessor) -> Iterator[None]:
    """Hand every span of the block to `processor`."""
    _record(processor, "wenxiao")
    try:
        yield
    finally:
        use_tracer(None)


def _record(processor: SpanProcessor, program: str) -> None:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    # Limits as the SDK has them; sampling by its own variables, OTEL_TRACES_SAMPLER.
    provider = TracerProvider(resource=Resource.create({"service.name": program}))
    provider.add_span_processor(processor)
    use_tracer(provider.get_tracer("wenxiao"))
