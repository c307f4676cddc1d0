"""`POST /oauth/token`: a machine proves its secret and gets a bearer token (RFC 6749, 4.4)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from services.oversight_svc.domain.sign_in import MACHINE_TOKEN_TIME
from services.oversight_svc.usecases.clients import ClientRefusedError, client_actor
from services.oversight_svc.usecases.issue_token import machine_token, session_key
from shared.web.api import current_resources
from shared.web.permissions import public

api = Blueprint("oauth", __name__)

GRANT = "client_credentials"
KNOWN_FIELDS = ("grant_type", "client_id", "client_secret", "scope")


@api.post("/oauth/token")
@public("接入系统凭标识和密钥取得令牌，不使用登录凭证", needs_form_token=False)
def give_token() -> Response:
    """Answer with a token or with an error of RFC 6749, 5.2."""
    problem = _malformed()
    if problem:
        return _refused(*problem)
    named = _credentials()
    if named is None:
        return _refused("invalid_request", "只能用一种方式提供标识和密钥。")
    try:
        return _token(*named)
    except ClientRefusedError as error:
        return _refused("invalid_client", error.message)


def _malformed() -> tuple[str, str] | None:
    """Return error code and description of a request that is none of ours."""
    form = request.form
    if any(len(form.getlist(name)) > 1 for name in KNOWN_FIELDS):
        return "invalid_request", "参数不能重复。"
    if not form.get("grant_type"):
        return "invalid_request", "缺少 grant_type。"
    if form["grant_type"] != GRANT:
        return "unsupported_grant_type", f"只支持 {GRANT}。"
    if form.get("scope"):
        return "invalid_scope", "权限由登记的角色决定，请不要填写 scope。"
    return None


def _credentials() -> tuple[str, str] | None:
    """Return id and secret, from the header or from the form; `None` when both are used."""
    basic = request.authorization
    in_form = (request.form.get("client_id", ""), request.form.get("client_secret", ""))
    if basic is None or basic.type != "basic":
        return in_form
    if in_form[1]:
        return None
    return basic.username or "", basic.password or ""


def _token(client_id: str, secret: str) -> Response:
    resources = current_resources()
    key = session_key(resources.settings)
    with resources.database.begin() as uow:
        actor = client_actor(uow, resources.clock, _uuid(client_id), secret)
        token = machine_token(uow, resources.clock, key, actor)
    return _answer(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(MACHINE_TOKEN_TIME.total_seconds()),
        },
        200,
    )


def _uuid(client_id: str) -> UUID:
    """Return the id; a malformed one is answered like an unknown one."""
    try:
        return UUID(client_id)
    except ValueError:
        raise ClientRefusedError from None


def _refused(error: str, description: str) -> Response:
    response = _answer(
        {"error": error, "error_description": description},
        401 if error == "invalid_client" else 400,
    )
    if error == "invalid_client":
        response.headers["WWW-Authenticate"] = 'Basic realm="wenxiao"'
    return response


def _answer(content: dict[str, object], status: int) -> Response:
    response = jsonify(content)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response
