"""Who is signed in: the list, and ending one sign-in by force."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.queries.sessions import list_sessions
from services.oversight_svc.store.people import AccountRow, PostRow, SessionRow
from services.oversight_svc.usecases.revoke_session import RevokeSession, revoke_session
from shared.errors import InvalidInputError
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Badge, Choice, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("sessions", __name__, url_prefix="/sessions", template_folder="templates")

COLUMNS = (
    Column("name", "姓名", "link", frozen=True),
    Column("login", "用户名"),
    Column("post", "岗位", width="medium"),
    Column("created_at", "登录时间", "datetime"),
    Column("expires_at", "最晚到期", "datetime"),
    Column("state", "状态", "badge"),
    Column("revoke", "操作", "custom"),
)
FILTERS = (
    Filter("q", "关键词", "text", placeholder="姓名或用户名"),
    Filter("state", "状态", choices=(Choice("open", "使用中"), Choice("ended", "已结束"))),
)


@pages.get("")
@permission("oversight.session.view")
def list_page() -> str:
    """Show the sign-ins, the newest first."""
    view = list_view(request.path, request.args, columns=COLUMNS, filters=FILTERS)
    now = clock().now()
    with database().read() as session:
        page = list_sessions(
            session,
            current_actor().scope.region,
            now,
            text=view.value("q"),
            state=view.value("state"),
            cursor=view.cursor,
            limit=view.limit,
        )
        rows = [_row(row, account, post, now) for row, account, post in page.items]
    return render_template(
        "oversight/sessions.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.post("/<uuid:session_id>/revoke")
@permission("oversight.session.revoke")
def revoke(session_id: UUID) -> BaseResponse:
    """End a sign-in at once, with a reason."""
    command = RevokeSession(session_id, request.form.get("reason", ""))
    back = link("oversight.sessions")
    try:
        with database().begin() as uow:
            was_open = revoke_session(uow, clock(), current_actor(), command)
    except InvalidInputError as error:
        return redirect_with_notice(back, error.problems[0].message, "red")
    done = "已强制退出，对方须重新登录。" if was_open else "这次登录此前已经结束。"
    return redirect_with_notice(back, done)


def _row(
    row: SessionRow, account: AccountRow, post: PostRow | None, now: datetime
) -> dict[str, object]:
    is_open = row.ended_at is None and row.expires_at > now
    is_own = row.session_id == current_actor().session_id
    return {
        "id": row.session_id,
        "name": Link(account.name, link("oversight.account", id=account.account_id)),
        "login": account.login,
        "post": post.name if post else "",
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "state": Badge("使用中", "green") if is_open else Badge("已结束", "grey"),
        "can_end": is_open and not is_own,
        "note": "本人正在使用" if is_own else "",
        "title": account.name,
    }
