"""Logs are JSON lines without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.observability.logs import bind_request, configure_logging, mask_secrets


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    configure_logging("info", stream)
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.configure(**config)
    root.handlers, root.level = handlers, level


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_carries_service_and_correlation_id(lines: io.StringIO) -> None:
    bind_request("target_svc", "c-1")
    structlog.get_logger("a").info("saved", count=3)
    (line,) = read(lines)
    assert line["service"] == "target_svc"
    assert line["correlation_id"] == "c-1"
    assert (line["event"], line["count"], line["level"]) == ("saved", 3, "info")
    assert line["timestamp"].endswith("Z")


def test_the_standard_library_speaks_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("other").warning("to %s", "amqp://guest:hunter2@broker")
    (line,) = read(lines)
    assert line["event"] == "to amqp://guest:***@broker"
    assert "hunter2" not in lines.getvalue()


def test_a_traceback_is_one_line_and_masked(lines: io.StringIO) -> None:
    try:
        int("postgresql://wenxiao:hunter2@db/x")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    (line,) = read(lines)
    assert "ValueError" in line["exception"]
    assert "hunter2" not in lines.getvalue()


@pytest.mark.parametrize(
    "event",
    [
        {"password": "hunter2"},
        {"New_Password": "hunter2"},
        {"headers": {"Authorization": "hunter2", "X": ["a", {"set-cookie": "hunter2"}]}},
        {"access_token": "hunter2", "client_secret": "hunter2"},
        {"event": "got Authorization: Bearer hunter2hunter2"},
        {"items": ("amqp://u:hunter2@h",)},
    ],
)
def test_secrets_are_masked(event: dict[str, Any]) -> None:
    assert "hunter2" not in json.dumps(mask_secrets(None, "info", event))


def test_other_values_stay() -> None:
    event = {"event": "done", "count": 3, "unit": {"name": "县教育局"}, "at": None}
    assert mask_secrets(None, "info", dict(event)) == event


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="loud"):
        configure_logging("loud")
