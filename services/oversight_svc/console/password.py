"""Changing one's own password; whoever has a one-time password is led here first."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.cookies import give_session, signing_key
from services.oversight_svc.domain.sign_in import MIN_PASSWORD, PASSWORD_ONLY
from services.oversight_svc.usecases.change_password import ChangePassword, change_password
from services.oversight_svc.usecases.issue_token import session_token
from services.oversight_svc.usecases.renew_session import RenewSession, renew_session
from services.oversight_svc.usecases.sign_in import SignedIn
from shared.errors import FieldProblem, InvalidInputError
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.identity import current_actor
from shared.web.permissions import signed_in
from shared.web.schemas import ApiSchema

pages = Blueprint("password", __name__, template_folder="templates")


class PasswordSchema(ApiSchema):
    """The old password, and the new one twice."""

    old = fields.String(required=True, metadata={"label": "原密码"})
    password = fields.String(required=True, metadata={"label": "新密码"})
    again = fields.String(required=True, metadata={"label": "再输一次新密码"})


@pages.get("/password")
@signed_in
def ask_password() -> str:
    """Show the form."""
    return _page(blank(PasswordSchema()))


@pages.post("/password")
@signed_in
def save_password() -> BaseResponse | tuple[str, int]:
    """Change the password; the account's other sessions end, this one goes on."""
    form = bind(PasswordSchema(), request.form)
    if form.is_valid and form.data["password"] != form.data["again"]:
        form.problems = (FieldProblem("again", "different", "两次输入的新密码不一致。"),)
    if not form.is_valid:
        return _page(form), 422
    try:
        opened, token = _change(form.data["old"], form.data["password"])
    except InvalidInputError as error:
        form.refuse(error)
        return _page(form), 422
    return give_session(redirect_with_notice("/", "密码已修改。"), opened, token)


def _change(old: str, new: str) -> tuple[SignedIn, str]:
    resources, actor = current_resources(), current_actor()
    with resources.database.begin() as uow:
        change_password(uow, resources.clock, actor, ChangePassword(old, new))
        opened = renew_session(uow, resources.clock, actor, RenewSession())
        return opened, session_token(uow, resources.clock, signing_key(), opened)


def _page(form: Form) -> str:
    return render_template(
        "oversight/password.html",
        form=form,
        is_forced=PASSWORD_ONLY in current_actor().roles,
        shortest=MIN_PASSWORD,
    )
