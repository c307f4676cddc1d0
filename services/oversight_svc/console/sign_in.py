"""Signing in and out, keeping the session, and changing posts: addresses at the root."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.cookies import give_session, renew_by_cookie, signing_key
from services.oversight_svc.domain.sign_in import PASSWORD_ONLY, NoPostError
from services.oversight_svc.queries.people import own_posts
from services.oversight_svc.usecases.issue_token import session_token
from services.oversight_svc.usecases.renew_session import RenewSession, renew_session
from services.oversight_svc.usecases.sign_in import SignedIn, SignIn, SignInFailed, sign_in
from services.oversight_svc.usecases.sign_out import sign_out
from shared.errors import FieldProblem, NotSignedInError
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.failures import MalformedRequestError
from shared.web.identity import (
    clear_session_cookie,
    current_actor,
    current_identity,
    local_redirect,
)
from shared.web.permissions import OPEN_ENDPOINTS, public, signed_in
from shared.web.schemas import ApiSchema

pages = Blueprint("sign_in", __name__, template_folder="templates")

FREE_BEFORE_PASSWORD = frozenset(
    {
        "password.ask_password",
        "password.save_password",
        "sign_in.leave",
        "sign_in.keep_session",
        "sign_in.show_sign_in",
        "sign_in.enter",
        *OPEN_ENDPOINTS,
    }
)


class SignInSchema(ApiSchema):
    """Name and password."""

    account = fields.String(required=True, metadata={"label": "账号"})
    password = fields.String(required=True, metadata={"label": "密码"})


class PostChoiceSchema(ApiSchema):
    """The post to go on in."""

    post = fields.UUID(required=True, metadata={"label": "岗位"})


@pages.before_app_request
def ask_for_new_password() -> BaseResponse | None:
    """Lead whoever still has a one-time password to the page where it is changed."""
    if request.endpoint in FREE_BEFORE_PASSWORD or request.method != "GET":
        return None
    return redirect("/password") if PASSWORD_ONLY in current_actor().roles else None


@pages.get("/sign-in")
@public("登录页面，登录之前使用")
def show_sign_in() -> str | BaseResponse:
    """Show the form, or go on by itself when the session is only asleep.

    A cookie that is still good is not led back at once: the page it came from refused it, and
    would send it here again.
    """
    next_path = local_redirect(request.args.get("next"))
    if not current_identity().is_signed_in:
        try:
            renewed = renew_by_cookie()
        except (NotSignedInError, NoPostError):
            pass
        else:
            return give_session(redirect(next_path, 303), *renewed)
    return _sign_in_page(blank(SignInSchema()), next_path)


@pages.post("/sign-in")
@public("提交登录，登录之前使用")
def enter() -> BaseResponse | tuple[str, int]:
    """Open a session. A refusal is committed, since it counts towards the lock-out."""
    form = bind(SignInSchema(), request.form)
    next_path = local_redirect(request.form.get("next"))
    if not form.is_valid:
        return _sign_in_page(form, next_path), 422
    outcome = _sign_in(form)
    if isinstance(outcome, SignInFailed):
        form.problems = (FieldProblem("", outcome.error.code, outcome.error.message),)
        return _sign_in_page(form, next_path), 422
    opened, token = outcome
    goal = "/password" if opened.account.must_change_password else next_path
    return give_session(redirect(goal, 303), opened, token)


def _sign_in(form: Form) -> tuple[SignedIn, str] | SignInFailed:
    resources, before = current_resources(), current_actor()
    command = SignIn(form.data["account"], form.data["password"], before.correlation_id)
    with resources.database.begin() as uow:
        outcome = sign_in(uow, resources.clock, command)
        if isinstance(outcome, SignInFailed):
            return outcome
        if before.session_id is not None:  # somebody else was signed in on this computer
            sign_out(uow, resources.clock, before)
        return outcome, session_token(uow, resources.clock, signing_key(), outcome)


@pages.post("/sign-out")
@signed_in
def leave() -> BaseResponse:
    """End the session everywhere."""
    resources = current_resources()
    with resources.database.begin() as uow:
        sign_out(uow, resources.clock, current_actor())
    response = redirect_with_notice("/sign-in", "已退出登录。")
    clear_session_cookie(response, resources.settings)  # type: ignore[arg-type]
    return response


@pages.get("/session")
@public("页面保持登录时自动访问，只处理自己的登录凭证")
def keep_session() -> BaseResponse | tuple[BaseResponse, int]:
    """Renew the cookie; 401 when the session has ended."""
    try:
        opened, token = renew_by_cookie()
    except NotSignedInError as error:
        return jsonify(code=error.code, detail=error.message), 401
    # Forms drawn before signing in again take over the new session's token, so that they still go.
    said = jsonify(expires_at=opened.session.expires_at.isoformat(), csrf=opened.session.csrf)
    return give_session(said, opened, token)


@pages.get("/session/posts")
@signed_in
def list_posts() -> str:
    """Return the switcher's lines, or a page of them where no script runs."""
    resources = current_resources()
    with resources.database.read() as session:
        posts = own_posts(session, current_actor(), resources.clock.today())
    partial = request.headers.get("HX-Request") == "true"
    return render_template(
        "shell/posts.html" if partial else "oversight/switch_post.html", posts=posts
    )


@pages.post("/session/post")
@signed_in
def switch_post() -> BaseResponse:
    """Go on in another post held today."""
    form = bind(PostChoiceSchema(), request.form)
    if not form.is_valid:
        raise MalformedRequestError
    resources = current_resources()
    with resources.database.begin() as uow:
        opened = renew_session(
            uow, resources.clock, current_actor(), RenewSession(form.data["post"])
        )
        token = session_token(uow, resources.clock, signing_key(), opened)
    text = f"已切换到「{opened.actor.post_name}」。"
    return give_session(redirect_with_notice("/", text), opened, token)


def _sign_in_page(form: Form, next_path: str) -> str:
    return render_template("shell/sign_in.html", form=form, next_path=next_path)
