"""A service's whole web application: HTTP conventions, console shell and the frame's own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, Flask

from shared.events.registry import BUSINESS_NAMES
from shared.web.app import create_service_app
from shared.web.console.context import register_console
from shared.web.system import events_pages, trail_pages

if TYPE_CHECKING:
    from shared.runtime.module import Resources


def create_app_of(
    service: str,
    title: str,
    resources: Resources,
    blueprints: Sequence[Blueprint],
    *,
    root_blueprints: Sequence[Blueprint] = (),
) -> Flask:
    """Return the application of `service`; its templates lie in its `console/templates`."""
    business = BUSINESS_NAMES[service]
    app = create_service_app(
        service,
        resources,
        (*blueprints, events_pages(), trail_pages()),
        root_blueprints=root_blueprints,
        is_migrated=resources.is_migrated,
    )

    register_console(
        app,
        title=title,
        clock=resources.clock,
        menu=resources.menu,
        region_name=resources.settings.region_name,
        url_prefix=f"/{business}",
    )
    return app
