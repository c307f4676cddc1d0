"""Every metric, declared once, with a `service` label; those read from databases: gauges.py."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

METRICS = CollectorRegistry()
ProcessCollector(registry=METRICS)

HTTP_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Duration of answered requests.",
    ("service", "endpoint", "method"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    registry=METRICS,
)
HTTP_REQUESTS = Counter(
    "http_requests",
    "Answered requests by status.",
    ("service", "endpoint", "method", "status"),
    registry=METRICS,
)
LEASE_HELD = Gauge(
    "lease_held",
    "1 while this process holds the lease.",
    ("service", "lease"),
    registry=METRICS,
)
THREAD_RESTARTS = Counter(
    "thread_restarts",
    "Unexpected ends of a background thread, each followed by a restart.",
    ("service", "unit"),
    registry=METRICS,
)


def observe_request(service: str, endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; `endpoint` is the route's name, never the address asked for."""
    HTTP_SECONDS.labels(service, endpoint, method).observe(seconds)
    HTTP_REQUESTS.labels(service, endpoint, method, str(status)).inc()


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics in the Prometheus text format, and its content type."""
    return generate_latest(METRICS), CONTENT_TYPE_PLAIN_0_0_4
