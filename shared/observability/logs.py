"""Logs: one JSON object a line on stderr: service, correlation id, trace id, no secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from shared.observability.tracing import add_trace_id

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

MASK = "***"
_SECRET_KEY = re.compile(
    r"passw|secret|token|authorization|cookie|credential|api_?key|private_?key|signature",
    re.IGNORECASE,
)
_ADDRESS_PASSWORD = re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@")
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_QUIET = ("kombu", "amqp", "pika", "waitress", "alembic", "urllib3")


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask values whose key names a secret, at any depth, and secrets inside texts.

    Texts lose passwords in addresses (`amqp://user:…@host`) and bearer or basic credentials.
    """
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: Any) -> Any:  # noqa: ANN401 (anything may be logged)
    if _SECRET_KEY.search(key):
        return MASK
    if isinstance(value, Mapping):
        return {inner: _masked(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", content) for content in value]
    if isinstance(value, str):
        return _BEARER.sub(rf"\1 {MASK}", _ADDRESS_PASSWORD.sub(rf"\1{MASK}@", value))
    return value


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logs through the same JSON lines.

    `level` is a name as in the setting `WENXIAO_LOG_LEVEL`; an unknown one raises `ValueError`.
    Libraries speak from `warning` up only.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"unknown log level {level!r}")
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_trace_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    # It warns of every tick that comes while the act still runs; that is how it is meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def bind_request(service: str, correlation_id: str) -> None:
    """Put service and correlation id on every line this thread logs until the next call."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service, correlation_id=correlation_id)
