"""Every metric, declared once, with a `service` label; those read from databases: gauges.py."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from shared.clock import SystemClock

METRICS = CollectorRegistry()
ProcessCollector(registry=METRICS)

SYSTEM_CLOCK = Gauge(
    "system_clock_timestamp_seconds",
    "What this computer's clock shows; Prometheus compares it with its own.",
    registry=METRICS,
)
SYSTEM_CLOCK.set_function(lambda: SystemClock().now().timestamp())

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
JOB_INTERVAL = Gauge(
    "job_interval_seconds",
    "How often the scheduled act is due.",
    ("service", "job_name"),
    registry=METRICS,
)
WEB_THREADS = Gauge(
    "web_threads",
    "Threads that answer requests in this process.",
    registry=METRICS,
)
BROKER_CONNECTED = Gauge(
    "broker_connected",
    "1 while the receiver of this service's events is connected to the broker.",
    ("service",),
    registry=METRICS,
)
EVENTS_HANDLED = Counter(
    "events_handled",
    "Attempts at events by outcome: done, failed (tried again) or parked (given up).",
    ("service", "outcome"),
    registry=METRICS,
)
EVENT_SECONDS = Histogram(
    "event_handling_delay_seconds",
    "From the arrival of an event in the inbox until it is done.",
    ("service",),
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0),
    registry=METRICS,
)
EXCHANGE_REFUSED = Counter(
    "exchange_refused",
    "Requests of other bodies' systems that were refused, by the code of the problem.",
    ("service", "reason"),
    registry=METRICS,
)


def observe_request(service: str, endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; `endpoint` is the route's name, never the address asked for."""
    HTTP_SECONDS.labels(service, endpoint, method).observe(seconds)
    HTTP_REQUESTS.labels(service, endpoint, method, str(status)).inc()


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics in the Prometheus text format, and its content type."""
    return generate_latest(METRICS), CONTENT_TYPE_PLAIN_0_0_4
