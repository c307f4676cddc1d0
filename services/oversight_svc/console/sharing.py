"""Sharing between finance and audit: list, request, answer, deliveries, use (Y25-6.13)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.finding_new import year_choices
from services.oversight_svc.console.sharing_forms import (
    RECEIPT_LINE,
    AnswerForm,
    DeliveryForm,
    GrantForm,
    ReceiptForm,
    RequestForm,
    command_of,
    scope_of,
    scope_values,
)
from services.oversight_svc.console.sharing_showing import (
    COLUMNS,
    FILTERS,
    USE_COLUMNS,
    catalogue_rows,
    detail_context,
    entry_fields,
    request_row,
    use_row,
)
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.domain.sharing_states import ShareAct
from services.oversight_svc.queries.sharing import (
    ShareFilter,
    delivery_pages,
    list_share_requests,
    share_detail,
)
from services.oversight_svc.store.sharing_records import project_by_code
from services.oversight_svc.usecases.sharing_answer import (
    AnswerShare,
    GrantShare,
    answer_share,
    grant_share,
)
from services.oversight_svc.usecases.sharing_delivery import (
    OpenDelivery,
    Receipt,
    confirm_receipt,
    open_delivery,
)
from services.oversight_svc.usecases.sharing_moving import ShareKey
from services.oversight_svc.usecases.sharing_request import (
    negotiate_share,
    resubmit_share_request,
    submit_share_request,
    withdraw_share_request,
)
from shared.calendar_store import load_calendar
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.policy.active import policy_for
from shared.terms import label_of
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("sharing_pages", __name__, template_folder="templates")
ONE = "/sharing/<int:year>/<uuid:request_id>"
_REPLIES = {ShareAct.NEGOTIATE: negotiate_share, ShareAct.WITHDRAW: withdraw_share_request}


@pages.get("/sharing")
@permission("oversight.sharing.view")
def list_all() -> str:
    """Show the requests of the region, the newest first."""
    view = list_view(request.path, request.args, columns=COLUMNS, filters=FILTERS)
    wanted = ShareFilter(state=view.value("state"), side=view.value("side"))
    with database().read() as session:
        page = list_share_requests(
            session, current_actor(), wanted, cursor=view.cursor, limit=view.limit
        )
        calendar = load_calendar(session)
    rows = [request_row(row, clock().today(), calendar) for row in page.items]
    return render_template(
        "oversight/sharing.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/sharing/catalogue")
@permission("oversight.sharing.view")
def show_catalogue() -> str:
    """Show what can be asked for and how it is shared under the pack in force."""
    with database().read() as session:
        pack = policy_for(session, current_actor().scope.region, clock().today().year)
    return render_template("oversight/sharing_catalogue.html", entries=catalogue_rows(pack))


@pages.get("/sharing/new")
@permission("oversight.sharing.request")
def ask_new() -> str:
    """Show the form of a request."""
    return _request_page(blank(RequestForm()))


@pages.post("/sharing/new")
@permission("oversight.sharing.request")
def submit() -> BaseResponse | tuple[str, int]:
    """Submit a request."""
    form, row = bind(RequestForm(), request.form), None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            row = submit_share_request(uow, clock(), current_actor(), command_of(form.data))
    if row is None or not form.is_valid:
        return _request_page(form), 422
    here = link("oversight.share_request", year=row.fiscal_year, id=row.request_id)
    return redirect_with_notice(here, f"申请 {row.number} 已提交，等待合规性审查。")


@pages.get(ONE)
@permission("oversight.sharing.view")
def show_one(year: int, request_id: UUID) -> str:
    """Show a request with what may be done with it, its grant and its deliveries."""
    return _page(year, request_id)


@pages.get(f"{ONE}/edit")
@permission("oversight.sharing.request")
def ask_edit(year: int, request_id: UUID) -> str:
    """Show a returned request as it was typed, to be corrected."""
    with database().read() as session:
        detail = share_detail(session, current_actor(), year, request_id)
    row, scope = detail.request, ShareScope.from_json(detail.request.scope)
    codes = {identity: name.split(" ")[0] for identity, name in detail.names.items()}
    typed = {
        **scope_values(scope),
        "purpose": row.purpose,
        "basis": row.basis,
        "wanted_until": row.wanted_until,
        "other_content": row.other_content,
        "unit_codes": "\n".join(codes.get(each, "") for each in scope.unit_ids),
        "project_codes": "\n".join(codes.get(each, "") for each in scope.project_ids),
    }
    return _request_page(blank(RequestForm(), typed), row.version)


@pages.post(f"{ONE}/edit")
@permission("oversight.sharing.request")
def resubmit(year: int, request_id: UUID) -> BaseResponse | tuple[str, int]:
    """Submit a returned request again."""
    form, key = bind(RequestForm(), request.form), _key(year, request_id)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            resubmit_share_request(uow, clock(), current_actor(), key, command_of(form.data))
    if not form.is_valid:
        return _request_page(form, key.version), 422
    return _done(year, request_id, "已重新提交，等待合规性审查。")


@pages.post(f"{ONE}/answer")
@permission("oversight.sharing.answer")
def answer(year: int, request_id: UUID) -> BaseResponse | tuple[str, int]:
    """Pass on, return, refuse, decline or revoke."""
    form = bind(AnswerForm(), request.form)
    if form.is_valid:
        command = AnswerShare(form.data["act"], form.data["reason"])
        with shown_in(form), database().begin() as uow:
            answer_share(uow, clock(), current_actor(), _key(year, request_id), command)
    if not form.is_valid:
        return _page(year, request_id, answer_form=form), 422
    return _done(year, request_id, f"已办理：{label_of(form.data['act'])}。")


@pages.post(f"{ONE}/reply")
@permission("oversight.sharing.request")
def reply(year: int, request_id: UUID) -> BaseResponse | tuple[str, int]:
    """Object to a refusal, or withdraw."""
    form = bind(AnswerForm(), request.form)
    if form.is_valid and form.data["act"] not in _REPLIES:
        form.refuse(InvalidInputError([FieldProblem("act", "unknown", "请选择要办理的事项。")]))
    if form.is_valid:
        act = _REPLIES[form.data["act"]]
        with shown_in(form), database().begin() as uow:
            act(uow, clock(), current_actor(), _key(year, request_id), form.data["reason"])
    if not form.is_valid:
        return _page(year, request_id, answer_form=form), 422
    return _done(year, request_id, f"已办理：{label_of(form.data['act'])}。")


@pages.post(f"{ONE}/grant")
@permission("oversight.sharing.answer")
def grant(year: int, request_id: UUID) -> BaseResponse | tuple[str, int]:
    """Grant what is ticked; units and projects stay as they were asked for."""
    form = bind(GrantForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            detail = share_detail(uow.session, current_actor(), year, request_id)
            asked, given = ShareScope.from_json(detail.request.scope), scope_of(form.data)
            scope = ShareScope(given.entries, given.years, asked.unit_ids, asked.project_ids)
            command = GrantShare(scope, form.data["expires_on"], form.data["terms"])
            grant_share(uow, clock(), current_actor(), _key(year, request_id), command)
    if not form.is_valid:
        return _page(year, request_id, grant_form=form), 422
    return _done(year, request_id, "已授权，对方可以在有效期内取数；每次取数都会记录。")


@pages.post(f"{ONE}/deliveries")
@permission("oversight.sharing.pull")
def deliver(year: int, request_id: UUID) -> BaseResponse | tuple[str, int]:
    """Fix a snapshot to be taken as a package: everything granted, or one project's evidence."""
    form = bind(DeliveryForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            detail = share_detail(uow.session, current_actor(), year, request_id)
            if detail.grant is None:
                raise NotFoundError
            code, project_id = form.data["project_code"].strip(), None
            if code:
                scope = ShareScope.from_json(detail.grant.scope)
                project_id = project_by_code(
                    uow.session, detail.grant.region_code, scope.years, code
                )
                if project_id is None:
                    message = "授权年度没有这个编码的项目。"
                    raise InvalidInputError([FieldProblem("project_code", "unknown", message)])
            command = OpenDelivery(detail.grant.grant_id, project_id=project_id)
            open_delivery(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _page(year, request_id, delivery_form=form), 422
    return _done(year, request_id, "已生成交付，请在下方下载数据包；内容固定在这一刻。")


@pages.post(f"{ONE}/deliveries/<uuid:delivery_id>/receipt")
@permission("oversight.sharing.pull")
def receive(year: int, request_id: UUID, delivery_id: UUID) -> BaseResponse | tuple[str, int]:
    """Take the receipt: what the verifier printed, pasted as it is."""
    form = bind(ReceiptForm(), request.form)
    if form.is_valid:
        command = Receipt(delivery_id, dict(RECEIPT_LINE.findall(form.data["report"])))
        with shown_in(form), database().begin() as uow:
            confirm_receipt(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _page(year, request_id, receipt_form=form), 422
    return _done(year, request_id, "回执已登记，摘要与交付记录一致。")


@pages.get(f"{ONE}/use")
@permission("oversight.sharing.view")
def show_use(year: int, request_id: UUID) -> str:
    """Show every page given out under the grant: when, to whom, what for."""
    view = list_view(request.path, request.args, columns=USE_COLUMNS)
    with database().read() as session:
        detail = share_detail(session, current_actor(), year, request_id)
        page = delivery_pages(session, detail.grant, cursor=view.cursor, limit=view.limit)
    return render_template(
        "oversight/sharing_use.html",
        view=view,
        rows=[use_row(*each) for each in page.items],
        next_cursor=page.next_cursor,
        share=detail.request,
    )


def _key(year: int, request_id: UUID) -> ShareKey:
    return ShareKey(year, request_id, typed_version())


def _done(year: int, request_id: UUID, notice: str) -> BaseResponse:
    return redirect_with_notice(link("oversight.share_request", year=year, id=request_id), notice)


def _request_page(form: Form, version: int = 0) -> str:
    actor = current_actor()
    with database().read() as session:
        pack = policy_for(session, actor.scope.region, clock().today().year)
    return render_template(
        "oversight/sharing_form.html",
        form=form,
        version=version,
        entries=entry_fields(pack, actor),
        years=year_choices(),
        longest=pack.sharing.longest_days,
    )


def _page(year: int, request_id: UUID, **forms: Any) -> str:  # noqa: ANN401 (forms)
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        detail = share_detail(session, actor, year, request_id)
        calendar = load_calendar(session)
    row = detail.request
    preset = scope_values(ShareScope.from_json(row.scope)) | {"expires_on": row.wanted_until}
    shown = {
        "grant_form": blank(GrantForm(), preset),
        "answer_form": blank(AnswerForm()),
        "delivery_form": blank(DeliveryForm()),
        "receipt_form": blank(ReceiptForm()),
        **forms,
    }
    return render_template(
        "oversight/sharing_request.html", **detail_context(detail, actor, today, calendar), **shown
    )
