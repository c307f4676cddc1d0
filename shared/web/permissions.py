"""Default deny: every endpoint names the act it performs, and the rights table decides.

An endpoint without a declaration makes the start of the service fail, so nothing is reachable
because somebody forgot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, request
from werkzeug.wrappers import Response as BaseResponse

from shared.access.rights import load_rights, require
from shared.errors import NotSignedInError
from shared.web.csrf import check_public, check_signed_in
from shared.web.identity import current_identity, require_signed_in, sign_in_redirect

View = TypeVar("View", bound=Callable[..., Any])

OPEN_ENDPOINTS: Mapping[str, str] = {
    "static": "样式、脚本和字体，不含任何业务内容",
    "console.static": "样式、脚本和字体，不含任何业务内容",
    "shell.static": "样式、脚本和字体，不含任何业务内容",
    "health.healthz": "只说明进程在运行",
    "health.readyz": "只说明能否接受请求",
    "health.metrics": "供监控采集，只有计数，不含业务内容",
}
"""The written allow-list: what is served without asking who asks, and why."""

_ATTRIBUTE = "wenxiao_rule"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use an endpoint: holders of `act`; with none, anybody signed in, or anybody."""

    act: str = ""
    public_reason: str = ""
    needs_form_token: bool = True


class UndeclaredEndpointError(Exception):
    """An endpoint says nothing about who may use it: a programming error found at start-up."""


def permission(act: str) -> Callable[[View], View]:
    """Declare that the view performs `act` of `rights.toml`."""
    return _declare(Rule(act=act))


def signed_in(view: View) -> View:
    """Declare that anybody signed in may use the view."""
    return _declare(Rule())(view)


def public(reason: str, *, needs_form_token: bool = True) -> Callable[[View], View]:
    """Declare that the view is open to everybody, and why.

    Only a view that reads no cookie at all, such as a machine's token request, may do without the
    form token.
    """
    return _declare(Rule(public_reason=reason, needs_form_token=needs_form_token))


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return what `endpoint` declared, or `None` when it is undeclared."""
    return getattr(app.view_functions[endpoint], _ATTRIBUTE, None)


def install_permissions(app: Flask, api_prefixes: tuple[str, ...]) -> None:
    """Check every endpoint of `app` now, and every request before its view.

    Raises `UndeclaredEndpointError` for an endpoint without a rule or with an unknown act.
    """
    _check_declared(app)

    def enforce() -> BaseResponse | None:
        if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
            return None
        rule = rule_of(app, request.endpoint)
        if rule is None:
            raise UndeclaredEndpointError(request.endpoint)
        if rule.public_reason:
            if rule.needs_form_token:
                check_public()
            return None
        try:
            actor = require_signed_in()
        except NotSignedInError:
            if request.method != "GET" or request.path.startswith(api_prefixes):
                raise
            return sign_in_redirect()
        if rule.act:
            require(actor, rule.act)
        check_signed_in(current_identity())
        return None

    app.before_request(enforce)


def _declare(rule: Rule) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, _ATTRIBUTE, rule)
        return view

    return decorate


def _check_declared(app: Flask) -> None:
    known = load_rights().acts
    for endpoint in sorted({each.endpoint for each in app.url_map.iter_rules()}):
        if endpoint in OPEN_ENDPOINTS:
            continue
        rule = rule_of(app, endpoint)
        if rule is None:
            raise UndeclaredEndpointError(f"endpoint {endpoint} declares no permission")
        if rule.act and rule.act not in known:
            raise UndeclaredEndpointError(f"endpoint {endpoint} names unknown act {rule.act}")
