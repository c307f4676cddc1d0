"""The web application of this service: its blueprints on the common frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.oversight_svc.api import API, ROOT_API
from services.oversight_svc.console.pages import PAGES, ROOT_PAGES
from services.oversight_svc.usecases.issue_token import session_key
from services.oversight_svc.usecases.publish_signing_key import publish_signing_key
from shared.web.service import create_app_of

if TYPE_CHECKING:
    from flask import Flask

    from shared.runtime.module import Resources

_LOG = structlog.get_logger(__name__)


def create_app(resources: Resources) -> Flask:
    """Return the application."""
    _publish_key(resources)
    return create_app_of(
        "oversight_svc",
        "监督",
        resources,
        (*API, *PAGES),
        root_blueprints=(*ROOT_API, *ROOT_PAGES),
    )


def _publish_key(resources: Resources) -> None:
    """Tell the services of the signing key before anybody signs in.

    A database that is not there or not migrated yet does no harm: every sign-in sees to it again.
    """
    key = session_key(resources.settings)
    try:
        if resources.is_migrated():
            with resources.database.begin() as uow:
                publish_signing_key(uow, resources.clock, key)
    except SQLAlchemyError as error:
        _LOG.warning("signing key not published yet", reason=str(error))
