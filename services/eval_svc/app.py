"""The web application of this service: its blueprints on the common frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.eval_svc.api import API
from services.eval_svc.console.pages import PAGES
from shared.web.service import create_app_of

if TYPE_CHECKING:
    from flask import Flask

    from shared.runtime.module import Resources


def create_app(resources: Resources) -> Flask:
    """Return the application."""
    return create_app_of("eval_svc", "绩效评价", resources, (*API, *PAGES))
