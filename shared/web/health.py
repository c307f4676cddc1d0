"""`healthz`, `readyz` and `metrics` of one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from shared.observability.metrics import render_metrics

if TYPE_CHECKING:
    from shared.db.unit_of_work import Database

MigrationCheck = Callable[[], bool]
"""Tells whether the service's database has the newest schema."""

_log = structlog.get_logger(__name__)


def health_blueprint(database: Database, is_migrated: MigrationCheck) -> Blueprint:
    """Return the three addresses every service answers without asking who asks."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> BaseResponse:
        """Say that the process runs; looks at nothing outside it."""
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[BaseResponse, int]:
        """Say whether requests can be served: own database there, schema current.

        The broker is not asked: without it, events wait in the outbox and people work on.
        """
        checks = {"database": _answers(database)}
        checks["migrations"] = checks["database"] and _migrated(is_migrated)
        ready = all(checks.values())
        return jsonify(status="ready" if ready else "not ready", checks=checks), (
            200 if ready else 503
        )

    @blueprint.get("/metrics")
    def metrics() -> Response:
        """Return every metric of the process; series carry a `service` label."""
        body, content_type = render_metrics()
        return Response(body, content_type=content_type)

    return blueprint


def _answers(database: Database) -> bool:
    try:
        with database.read() as session:
            session.execute(text("select 1"))
    except SQLAlchemyError as error:
        _log.warning("not ready: database", reason=type(error).__name__)
        return False
    return True


def _migrated(is_migrated: MigrationCheck) -> bool:
    try:
        return is_migrated()
    except SQLAlchemyError as error:
        _log.warning("not ready: migrations", reason=type(error).__name__)
        return False
