"""岗位交接 on one page: what is open, the 移交单 to print and sign, and the confirmation."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.domain.handover import OpenItem, handover_code
from services.oversight_svc.domain.posts import PostUnsoundError
from services.oversight_svc.queries.handovers import (
    files_brought,
    get_handover,
    handovers_of,
    opens_handover,
    sees_items,
)
from services.oversight_svc.queries.people import (
    active_accounts,
    get_post,
    post_places,
)
from services.oversight_svc.store.open_items import MOST_ITEMS, items_of
from services.oversight_svc.store.people import PostRow, present_holders
from services.oversight_svc.usecases.hand_over_post import HandOverPost, hand_over_post
from shared.access.rights import is_allowed
from shared.errors import FieldProblem, NotFoundError
from shared.files.uploads import find_upload, keep_upload
from shared.web.console.files import show_file
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Choice, Due, Link
from shared.web.files import current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint(
    "handovers", __name__, url_prefix="/posts/<uuid:post_id>", template_folder="templates"
)


class HandoverSchema(ApiSchema):
    """Who takes the post from when, and the paper both have signed."""

    account_id = fields.UUID(required=True, metadata={"label": "接任人"})
    effective_on = fields.Date(required=True, metadata={"label": "生效日期"})
    printed_code = fields.String(required=True, metadata={"label": "移交单版本码"})
    scan_digest = fields.String(load_default="", metadata={"label": "移交单扫描件"})
    accepts_changes = fields.Boolean(load_default=False, metadata={"label": "变化已说明"})


@pages.get("/handover")
@permission("oversight.post.hand_over")
def show_handover(post_id: UUID) -> str:
    """Show what the post has open; to who confirms, the form."""
    return _page(post_id, blank(HandoverSchema(), {"effective_on": clock().today()}))


@pages.get("/handover/print")
@permission("oversight.post.hand_over")
def print_handover(post_id: UUID) -> str:
    """Show the 移交单 for A4: both names, every open item, the version code."""
    actor = current_actor()
    with database().read() as session:
        post = get_post(session, actor.scope.region, post_id)
        if not sees_items(actor, post):
            raise NotFoundError
        items = items_of(session, post, clock().today())
        place = post_places(session, post.region_code, [post])[post_id]
        present = _holder_names(session, post)
    return render_template(
        "oversight/handover_print.html",
        post=post,
        place=place,
        items=items,
        most=MOST_ITEMS,
        present=present,
        due=_due,
        code=handover_code(post_id, items),
        here=link("oversight.handover", id=post_id),
    )


@pages.post("/handover")
@permission("oversight.post.assign")
def confirm_handover(post_id: UUID) -> BaseResponse | tuple[str, int]:
    """Confirm the handover; a scan sent along is kept first, so it need not be sent again."""
    form = bind(HandoverSchema(), request.form)
    with shown_in(form):
        _keep_scan(form)
    if form.is_valid:
        code = "".join(form.data.pop("printed_code").upper().split())
        command = HandOverPost(post_id, printed_code=code, **form.data)
        try:
            with shown_in(form), database().begin() as uow:
                row = hand_over_post(uow, clock(), current_actor(), command)
                text = f"已交接给{row.to_name}：{row.open_count} 项待办自动转到接任人的工作台。"
        except PostUnsoundError as error:
            form.problems = (FieldProblem("account_id", error.code, error.message),)
    if form.is_valid:
        return redirect_with_notice(link("oversight.post", id=post_id), text)
    return _page(post_id, form), 422


@pages.get("/handovers/<uuid:handover_id>/scan")
@permission("oversight.post.view")
def show_signed(post_id: UUID, handover_id: UUID) -> BaseResponse | str:
    """Show the signed 移交单."""
    with database().read() as session:
        row = get_handover(session, current_actor().scope.region, post_id, handover_id)
        digest, name, post = row.scan_digest, row.scan_name, row.post_name
    crumbs = [
        Link("岗位", link("oversight.posts")),
        Link(post, link("oversight.post", id=post_id)),
    ]
    return show_file(digest, name, crumbs=crumbs)


def _page(post_id: UUID, form: Form) -> str:
    actor, today = current_actor(), clock().today()
    confirms = is_allowed(actor, "oversight.post.assign")
    with database().read() as session:
        post = get_post(session, actor.scope.region, post_id)
        if not opens_handover(actor, post):
            raise NotFoundError
        items = items_of(session, post, today)
        is_own = actor.post_id == post_id
        return render_template(
            "oversight/handover.html",
            post=post,
            place=post_places(session, post.region_code, [post])[post_id],
            present=_holder_names(session, post),
            items=items if sees_items(actor, post) else None,
            counts=_counts(items),
            due=_due,
            files=files_brought(session, post.region_code, actor.account_id) if is_own else (),
            people=_people(session, post) if confirms else (),
            kept=find_upload(session, actor, form.value("scan_digest")),
            past=handovers_of(session, post) if is_allowed(actor, "oversight.post.view") else (),
            form=form,
            here=link("oversight.handover", id=post_id),
        )


def _keep_scan(form: Form) -> None:
    upload = request.files.get("scan")
    if upload is None or not upload.filename:
        return
    with database().begin() as uow:
        source = (upload.stream, upload.filename)
        kept = keep_upload(uow, clock(), current_actor(), current_store(), source)
        form.typed["scan_digest"] = (kept.digest,)
        form.data["scan_digest"] = kept.digest


def _counts(items: list[OpenItem]) -> list[tuple[str, int, int]]:
    """Return (kind, open, overdue), the most frequent first."""
    overdue = Counter(item.kind for item in items if item.is_overdue)
    opened = Counter(item.kind for item in items).most_common()
    return [(kind, count, overdue[kind]) for kind, count in opened]


def _due(item: OpenItem) -> Due | None:
    if item.due_on is None or item.workdays_left is None:
        return None
    return Due(item.due_on, item.workdays_left)


def _holder_names(session: Session, post: PostRow) -> str:
    return "、".join(each.name for each in present_holders(session, post, clock().today()))


def _people(session: Session, post: PostRow) -> list[Choice]:
    return [
        Choice(str(account.account_id), f"{account.name}（{account.login}）")
        for account in active_accounts(session, post.region_code)
    ]
