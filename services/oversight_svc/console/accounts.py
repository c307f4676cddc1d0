"""Accounts: list, open one, one-time password, lock and unlock."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.queries.people import get_account, list_accounts, tenures
from services.oversight_svc.store.people import AccountRow
from services.oversight_svc.usecases.change_password import ResetPassword, reset_password
from services.oversight_svc.usecases.create_account import CreateAccount, create_account
from services.oversight_svc.usecases.switch_account import SwitchAccount, switch_account
from shared.errors import InvalidInputError
from shared.web.api import current_resources
from shared.web.console.forms import bind, blank
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Badge, Choice, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("accounts", __name__, url_prefix="/accounts", template_folder="templates")

COLUMNS = (
    Column("name", "姓名", "link", frozen=True),
    Column("login", "用户名"),
    Column("phone", "电话"),
    Column("state", "状态", "badge"),
    Column("created_at", "建立时间", "datetime"),
)
FILTERS = (
    Filter("q", "关键词", "text", placeholder="姓名、用户名或电话"),
    Filter("state", "状态", choices=(Choice("active", "在用"), Choice("disabled", "已停用"))),
)


class AccountSchema(ApiSchema):
    """A new account."""

    login = fields.String(required=True, metadata={"label": "用户名"})
    name = fields.String(required=True, metadata={"label": "姓名"})
    phone = fields.String(load_default="", metadata={"label": "电话"})


@pages.get("")
@permission("oversight.account.view")
def list_page() -> str:
    """Show the accounts, by name."""
    view = list_view(request.path, request.args, columns=COLUMNS, filters=FILTERS)
    resources = current_resources()
    with resources.database.read() as session:
        page = list_accounts(
            session,
            current_actor().scope.region,
            text=view.value("q"),
            state=view.value("state"),
            cursor=view.cursor,
            limit=view.limit,
        )
        now = resources.clock.now()
        rows = [
            {
                "name": Link(row.name, link("oversight.account", id=row.account_id)),
                "login": row.login,
                "phone": row.phone,
                "state": _state(row, now),
                "created_at": row.created_at,
            }
            for row in page.items
        ]
    return render_template(
        "oversight/accounts.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/new")
@permission("oversight.account.create")
def new_account() -> str:
    """Show the form of a new account."""
    return render_template("oversight/account_form.html", form=blank(AccountSchema()))


@pages.post("/new")
@permission("oversight.account.create")
def open_account() -> str | tuple[str, int]:
    """Open an account and tell its one-time password, this once."""
    form = bind(AccountSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        try:
            with resources.database.begin() as uow:
                account, password = create_account(
                    uow, resources.clock, current_actor(), CreateAccount(**form.data)
                )
        except InvalidInputError as error:
            form.refuse(error)
        else:
            return _told_once(account, password)
    return render_template("oversight/account_form.html", form=form), 422


@pages.get("/<uuid:account_id>")
@permission("oversight.account.view")
def show_account(account_id: UUID) -> str:
    """Show an account with its tenure."""
    resources, actor = current_resources(), current_actor()
    with resources.database.read() as session:
        account = get_account(session, actor.scope.region, account_id)
        held = tenures(session, account.region_code, account_id=account_id)
    return render_template(
        "oversight/account.html",
        account=account,
        state=_state(account, resources.clock.now()),
        held=held,
        is_own=account.account_id == actor.account_id,
        here=link("oversight.account", id=account_id),
    )


@pages.post("/<uuid:account_id>/reset-password")
@permission("oversight.account.reset_password")
def give_password(account_id: UUID) -> str:
    """Reset the password and tell the one-time password, this once."""
    resources = current_resources()
    with resources.database.begin() as uow:
        account, password = reset_password(
            uow, resources.clock, current_actor(), ResetPassword(account_id)
        )
    return _told_once(account, password)


@pages.post("/<uuid:account_id>/lock")
@permission("oversight.account.lock")
def lock_account(account_id: UUID) -> BaseResponse:
    """Lock the account; its sessions end at once."""
    return _switch(account_id, active=False, done="账号已停用，正在使用的登录已全部结束。")


@pages.post("/<uuid:account_id>/unlock")
@permission("oversight.account.unlock")
def unlock_account(account_id: UUID) -> BaseResponse:
    """Let the account in again."""
    return _switch(account_id, active=True, done="账号已启用。")


def _switch(account_id: UUID, *, active: bool, done: str) -> BaseResponse:
    resources = current_resources()
    here = link("oversight.account", id=account_id)
    command = SwitchAccount(account_id, active, request.form.get("reason", ""))
    try:
        with resources.database.begin() as uow:
            switch_account(uow, resources.clock, current_actor(), command)
    except InvalidInputError as error:
        return redirect_with_notice(here, error.problems[0].message, "red")
    return redirect_with_notice(here, done)


def _told_once(account: AccountRow, password: str) -> str:
    return render_template(
        "oversight/secret.html",
        heading="一次性密码",
        back=Link("账号", link("oversight.accounts")),
        facts=(("姓名", account.name), ("用户名", account.login)),
        secret=password,
        hint="请当面或电话告知本人；本页关闭后不再显示。本人首次登录须修改密码。",
    )


def _state(account: AccountRow, now: datetime) -> Badge:
    if account.state != "active":
        return Badge("已停用", "red")
    if account.locked_until is not None and account.locked_until > now:
        return Badge("临时锁定", "orange")
    if account.must_change_password:
        return Badge("待改密码", "yellow")
    return Badge("在用", "green")
