"""A service's web application for tests: signed in as anybody, without keys or a sign-in page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, Flask
from sqlalchemy import Engine

from shared.access.actor import Actor, Scope
from shared.access.tokens import VerifiedToken
from shared.clock import Clock
from shared.db.unit_of_work import Database
from shared.errors import NotSignedInError
from shared.ids import new_id
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.web.app import create_service_app
from shared.web.identity import SESSION_COOKIE, install_identity

CSRF = "the-csrf-token-of-the-session"
REGION = "511621"
NEVER = datetime.max.replace(tzinfo=UTC)
"""When the tokens here expire by themselves."""


def actor_with(*roles: str, scope: Scope | None = None) -> Actor:
    """Return a person holding `roles`, for the whole test region unless `scope` says otherwise."""
    return Actor(
        account_id=new_id(),
        name="测试人员",
        post_id=new_id(),
        post_name="测试岗位",
        roles=frozenset(roles),
        scope=scope or Scope(region=REGION, whole_region=True),
        session_id=new_id(),
    )


class KnownTokens:
    """Accepts the tokens it gave out, until they are taken back."""

    def __init__(self) -> None:
        """Start without any token."""
        self._actors: dict[str, Actor] = {}

    def token_for(self, actor: Actor) -> str:
        """Return a token that stands for `actor`."""
        token = f"token-{len(self._actors)}"
        self._actors[token] = actor
        return token

    def end(self, token: str) -> None:
        """Let `token` count as expired."""
        del self._actors[token]

    def __call__(self, token: str) -> VerifiedToken:
        """Read a token; raise `NotSignedInError` for an unknown one."""
        actor = self._actors.get(token)
        if actor is None:
            raise NotSignedInError
        return VerifiedToken(actor, CSRF, NEVER, actor.session_id, key_id="known")


def web_app(
    engine: Engine,
    clock: Clock,
    blueprints: Sequence[Blueprint],
    *,
    settings: Settings | None = None,
    service: str = "target_svc",
) -> tuple[Flask, KnownTokens]:
    """Return an application of `service` with `blueprints`, and the tokens it accepts."""
    resources = Resources(
        settings=settings or Settings(),
        clock=clock,
        database=Database(engine, service, clock),
    )
    app = create_service_app(service, resources, blueprints, is_migrated=lambda: True)
    tokens = KnownTokens()
    install_identity(app, tokens)
    return app, tokens


def bearer(token: str) -> dict[str, str]:
    """Return the header of a machine's request."""
    return {"Authorization": f"Bearer {token}"}


def cookie(token: str) -> dict[str, str]:
    """Return the header of a browser's request."""
    return {"Cookie": f"{SESSION_COOKIE}={token}"}
