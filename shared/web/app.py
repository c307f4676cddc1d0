"""The factory of a service's web application: everything all four have in common, in one order."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.access.rights import is_allowed
from shared.events.registry import BUSINESS_NAMES
from shared.ids import new_id
from shared.observability.metrics import observe_request
from shared.observability.tracing import HEADER, fail, span
from shared.web.api import EXTENSION
from shared.web.csrf import csrf_token, keep_form_token
from shared.web.health import MigrationCheck, health_blueprint
from shared.web.identity import StoredKeysReader, current_actor, install_identity
from shared.web.links import link
from shared.web.openapi import check_described, openapi_blueprint
from shared.web.permissions import install_permissions
from shared.web.problems import install_problems
from shared.web.rate_limit import install_rate_limits
from shared.web.security_headers import install_security_headers

if TYPE_CHECKING:
    from flask import Response

    from shared.runtime.module import Resources

CORRELATION_HEADER = "X-Correlation-Id"
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

MEBIBYTE = 1024 * 1024
MOST_FORM_PARTS = 10_000
"""A target form with a hundred indicators has more fields than Flask's usual thousand."""


def create_service_app(
    module_name: str,
    resources: Resources,
    blueprints: Sequence[Blueprint],
    *,
    root_blueprints: Sequence[Blueprint] = (),
    is_migrated: MigrationCheck,
) -> Flask:
    """Return the application of the service in folder `module_name`.

    `blueprints` are mounted under the business prefix (`/target` …), `root_blueprints` at `/`.
    Raises `UndeclaredEndpointError` or `UndescribedRouteError` when a route says nothing about who
    may use it, or an API route is not described.
    """
    business = BUSINESS_NAMES[module_name]
    prefix = f"/{business}"
    api_prefixes = (f"{prefix}/api/", "/oauth/", f"{prefix}/healthz", f"{prefix}/readyz")
    app = Flask(f"services.{module_name}", static_folder=None)
    app.extensions[EXTENSION] = resources
    _configure(app, resources)
    _observe(app, module_name)
    install_identity(app, StoredKeysReader(resources.database, resources.clock))
    install_problems(app, api_prefixes)
    for blueprint in (
        *blueprints,
        openapi_blueprint(business),
        health_blueprint(resources.database, is_migrated),
    ):
        app.register_blueprint(blueprint, url_prefix=prefix + (blueprint.url_prefix or ""))
    for blueprint in root_blueprints:
        app.register_blueprint(blueprint)
    install_rate_limits(app)
    install_permissions(app, api_prefixes)
    check_described(app, business)
    install_security_headers(app, resources.settings)
    _serve_templates(app, resources)
    return app


def _configure(app: Flask, resources: Resources) -> None:
    settings = resources.settings
    app.config.update(
        MAX_CONTENT_LENGTH=settings.upload_limit_mib * MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=4 * MEBIBYTE,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.public_url:
        # One router stands in front: believe exactly one hop about the caller and the scheme. The
        # host is never believed; redirects are paths.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]


def _observe(app: Flask, service: str) -> None:
    """Give every request its correlation id and trace, and count it."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        asked = request.headers.get(CORRELATION_HEADER, "")
        g.correlation_id = asked if _CORRELATION_ID.fullmatch(asked) else str(new_id())
        g.trace = ExitStack()
        g.span = g.trace.enter_context(_request_span(service))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(service=service, correlation_id=g.correlation_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[CORRELATION_HEADER] = g.correlation_id
        observe_request(
            service,
            # Unknown addresses share one series, or a scanner would make one for each guess.
            request.endpoint or "unknown",
            request.method if request.url_rule else "OTHER",
            response.status_code,
            time.perf_counter() - g.started,
        )
        g.span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            fail(g.span)
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        if "trace" in g:
            g.trace.close()


def _request_span(service: str) -> AbstractContextManager[object]:
    """Return the span of this request: the route's pattern, never the address or what it asks."""
    method = request.method if request.url_rule else "OTHER"
    route = request.url_rule.rule if request.url_rule else "unknown"
    attributes = {
        "wenxiao.service": service,
        "http.request.method": method,
        "http.route": route,
    }
    traceparent = request.headers.get(HEADER, "")
    return span(f"{method} {route}", "SERVER", attributes, parent=traceparent)


def _serve_templates(app: Flask, resources: Resources) -> None:
    @app.after_request
    def keep_token(response: Response) -> Response:
        keep_form_token(response, resources.settings)
        return response

    def can(act: str) -> bool:
        return is_allowed(current_actor(), act)

    app.jinja_env.globals.update(
        current_actor=current_actor, csrf_token=csrf_token, can=can, link=link
    )
