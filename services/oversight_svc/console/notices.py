"""Rectification notices: list, draft, issue, sign for, print (YC23-6.4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.finding_forms import DIGEST, SHORT, day, text
from services.oversight_svc.console.finding_new import uuid_or_none, year_choices
from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.papers import notice_document
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.notices import NoticeState
from services.oversight_svc.queries.notices import (
    NoticeDetail,
    NoticeFilter,
    list_notices,
    notice_detail,
    waiting_for_notice,
)
from services.oversight_svc.store.rectification import NoticeRow
from services.oversight_svc.usecases.draft_notice import (
    DraftNotice,
    NoticeItem,
    NoticeKey,
    draft_notice,
    withdraw_notice,
)
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.issue_notice import (
    IssueNotice,
    SignNotice,
    issue_notice,
    sign_notice,
)
from shared.access.rights import is_allowed
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.directory.tables import UnitRow
from shared.files.media import DOCX
from shared.terms import label
from shared.terms.vocabulary import RectificationKind
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Badge, Choice, Link, Tone
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema
from shared.web.years import year_in

pages = Blueprint("notice_pages", __name__, template_folder="templates")
NOTICE = "/notices/<int:year>/<uuid:notice_id>"
TONES: dict[str, Tone] = {
    "draft": "grey",
    "issued": "orange",
    "signed": "green",
    "withdrawn": "grey",
}
COLUMNS = (
    Column("subject", "通知", "link", frozen=True, width="wide"),
    Column("unit", "责任单位"),
    Column("body", "提出机关"),
    Column("number", "文号"),
    Column("issued_on", "发文日期", "date"),
    Column("due", "签收期限", "due"),
    Column("state", "状态", "badge"),
)


class ItemRow(ApiSchema):
    """One finding in a draft."""

    finding_id = fields.UUID(required=True)
    chosen = fields.Boolean(load_default=False, metadata={"label": "列入通知"})
    kind = fields.Enum(
        RectificationKind, by_value=True, required=True, metadata={"label": "整改类型"}
    )
    demand = text("整改要求")
    due_on = day("整改期限")


class DraftForm(ApiSchema):
    """A draft."""

    subject = text("通知标题", SHORT)
    contact = text("联系人及电话", SHORT)
    issuer = text("签发人", SHORT)
    items = fields.List(fields.Nested(ItemRow), load_default=list, metadata={"label": "问题"})


class IssueForm(ApiSchema):
    """What makes a draft a notice."""

    document_number = text("文号", SHORT)
    issued_on = day("发文日期")
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "盖章扫描件"})


class SignForm(ApiSchema):
    """The receipt."""

    signer_name = text("签收的负责人", SHORT)
    signed_on = day("签收日期")
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "签收回执扫描件"})


@pages.get("/notices")
@permission("oversight.finding.view")
def list_all() -> str:
    """Show the notices of the actor's scope, the newest first."""
    actor = current_actor()
    states = [
        choice
        for choice in choices_of("notice_state")
        if _sees_drafts() or choice.value in (NoticeState.ISSUED, NoticeState.SIGNED)
    ]
    filters = (
        Filter("year", "预算年度", choices=year_choices()),
        Filter("state", "状态", choices=states),
        Filter("due", "签收", choices=[Choice("overdue", "逾期未签收")]),
    )
    view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
    year = view.value("year")
    today = clock().today()
    wanted = NoticeFilter(
        fiscal_year=int(year) if year else None,
        state=view.value("state"),
        with_drafts=_sees_drafts(),
        unsigned_on=today if view.value("due") else None,
    )
    with database().read() as session:
        page = list_notices(session, actor, wanted, cursor=view.cursor, limit=view.limit)
        calendar = load_calendar(session)
    rows = [_row(notice, unit, calendar) for notice, unit in page.items]
    return render_template(
        "oversight/notices.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/notices/new")
@permission("oversight.finding.notify")
def ask_draft() -> str:
    """Show the registered findings of a unit, to choose what the notice lists."""
    year = _asked_year(request.args.get("year", ""))
    return _draft_page(year, uuid_or_none(request.args.get("unit", "")))


@pages.post("/notices/new")
@permission("oversight.finding.notify")
def draft() -> BaseResponse | tuple[str, int]:
    """Keep the draft."""
    form = bind(DraftForm(), request.form)
    year = _asked_year(request.form.get("year", ""))
    notice: NoticeRow | None = None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            items = tuple(
                NoticeItem(
                    FindingKey(year, row["finding_id"]), row["kind"], row["demand"], row["due_on"]
                )
                for row in form.data["items"]
                if row["chosen"]
            )
            data = form.data
            command = DraftNotice(items, data["subject"], data["contact"], data["issuer"])
            notice = draft_notice(uow, clock(), current_actor(), command)
    if notice is None or not form.is_valid:
        return _draft_page(year, uuid_or_none(request.form.get("unit", "")), form), 422
    here = link("oversight.notice", year=year, id=notice.notice_id)
    return redirect_with_notice(
        here, "草稿已保存。在办公系统走完签发、编号、用印后，回来登记下达。"
    )


@pages.get(NOTICE)
@permission("oversight.finding.view")
def show_notice(year: int, notice_id: UUID) -> str:
    """Show a notice with its findings and what is to be done with it."""
    return _page(year, notice_id)


@pages.post(f"{NOTICE}/issue")
@permission("oversight.finding.notify")
def issue(year: int, notice_id: UUID) -> BaseResponse | tuple[str, int]:
    """Issue, with number, date and stamped scan."""
    form = bind(IssueForm(), request.form)
    if form.is_valid:
        data = form.data
        with shown_in(form), database().begin() as uow:
            command = IssueNotice(
                _key(year, notice_id), data["document_number"], data["issued_on"], data["scan"]
            )
            issue_notice(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _page(year, notice_id, issue_form=form), 422
    here = link("oversight.notice", year=year, id=notice_id)
    return redirect_with_notice(here, "通知已下达，问题已转责任单位签收整改。")


@pages.post(f"{NOTICE}/signature")
@permission("oversight.finding.sign_for")
def sign(year: int, notice_id: UUID) -> BaseResponse | tuple[str, int]:
    """Sign for the notice with a scan."""
    form = bind(SignForm(), request.form)
    if form.is_valid:
        data = form.data
        with shown_in(form), database().begin() as uow:
            command = SignNotice(
                _key(year, notice_id), data["signer_name"], data["scan"], data["signed_on"]
            )
            sign_notice(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _page(year, notice_id, sign_form=form), 422
    here = link("oversight.notice", year=year, id=notice_id)
    return redirect_with_notice(here, "已签收，请在整改期限内逐个问题报送整改方案。")


@pages.post(f"{NOTICE}/withdrawal")
@permission("oversight.finding.notify")
def withdraw(year: int, notice_id: UUID) -> BaseResponse | tuple[str, int]:
    """Give up a draft."""
    form = blank(IssueForm())
    with shown_in(form), database().begin() as uow:
        withdraw_notice(uow, clock(), current_actor(), _key(year, notice_id))
    if not form.is_valid:
        return _page(year, notice_id, issue_form=form), 422
    return redirect_with_notice(link("oversight.notices"), "草稿已撤回，问题可以重新拟稿。")


@pages.get(f"{NOTICE}/print")
@permission("oversight.finding.view")
def print_notice(year: int, notice_id: UUID) -> str:
    """Show the notice for A4."""
    return render_template("oversight/notice_print.html", **_common(_detail(year, notice_id)))


@pages.get(f"{NOTICE}/document")
@permission("oversight.finding.view")
def download_notice(year: int, notice_id: UUID) -> BaseResponse:
    """Hand out the notice as Word with red head and list, to be edited, numbered and stamped."""
    detail = _detail(year, notice_id)
    content = notice_document(detail, current_resources().settings.region_name)
    return attachment(content, f"整改通知书（{detail.unit.name}）.docx", DOCX)


def _key(year: int, notice_id: UUID) -> NoticeKey:
    return NoticeKey(year, notice_id, typed_version())


def _asked_year(text: str) -> int:
    """Return the budget year named by `text`, else last year's."""
    year = year_in(text)
    return clock().today().year - 1 if year is None else year


def _sees_drafts() -> bool:
    return is_allowed(current_actor(), "oversight.finding.notify")


def _detail(year: int, notice_id: UUID) -> NoticeDetail:
    with database().read() as session:
        return notice_detail(session, current_actor(), year, notice_id, with_drafts=_sees_drafts())


def _common(detail: NoticeDetail) -> dict[str, Any]:
    notice = detail.notice
    return {
        "detail": detail,
        "notice": notice,
        "unit": detail.unit,
        "findings": detail.findings,
        "badge": _badge(notice),
        "here": link("oversight.notice", year=notice.fiscal_year, id=notice.notice_id),
    }


def _page(
    year: int,
    notice_id: UUID,
    *,
    issue_form: Form | None = None,
    sign_form: Form | None = None,
) -> str:
    detail = _detail(year, notice_id)
    with database().read() as session:
        calendar = load_calendar(session)
    today, state = clock().today(), NoticeState(detail.notice.state)
    return render_template(
        "oversight/notice.html",
        receipt=_due(detail.notice, calendar),
        may_issue=state is NoticeState.DRAFT and _sees_drafts(),
        may_sign=state is NoticeState.ISSUED
        and is_allowed(current_actor(), "oversight.finding.sign_for"),
        issue_form=issue_form or blank(IssueForm(), {"issued_on": today}),
        sign_form=sign_form
        or blank(SignForm(), {"signed_on": today, "signer_name": detail.unit.head_name}),
        **_common(detail),
    )


def _draft_page(year: int, unit_id: UUID | None, form: Form | None = None) -> str:
    with database().read() as session:
        waiting = waiting_for_notice(session, current_actor(), year, unit_id)
    only = request.args.get("finding", "")
    items = [
        {
            "finding_id": finding.finding_id,
            "chosen": not only or str(finding.finding_id) == only,
            "kind": RectificationKind(finding.kind),
            "demand": finding.demand,
            "due_on": finding.due_on,
        }
        for finding, _ in waiting
    ]
    units = {unit.unit_id: unit for _, unit in waiting}
    chosen = next(iter(units.values())) if len(units) == 1 else None
    initial = {
        "subject": f"关于限期整改{year}年度预算绩效监督问题的通知",
        "items": items if chosen else [],
    }
    return render_template(
        "oversight/notice_new.html",
        form=form or blank(DraftForm(), initial),
        year=year,
        unit=chosen,
        units=sorted(units.values(), key=lambda unit: unit.code),
        waiting=[finding for finding, _ in waiting],
        counts={unit_id: sum(1 for each, _ in waiting if each.unit_id == unit_id)
                for unit_id in units},
        kinds=choices_of("rectification_kind"),
    )  # fmt: skip


def _row(notice: NoticeRow, unit: UnitRow, calendar: WorkingCalendar) -> dict[str, Any]:
    return {
        "subject": Link(
            notice.subject, link("oversight.notice", year=notice.fiscal_year, id=notice.notice_id)
        ),
        "unit": unit.name,
        "body": label("raising_body", notice.raised_by),
        "number": notice.document_number,
        "issued_on": notice.issued_on,
        "due": _due(notice, calendar) if notice.state == NoticeState.ISSUED else None,
        "state": _badge(notice),
    }


def _due(notice: NoticeRow, calendar: WorkingCalendar) -> Any:  # noqa: ANN401 (a Due or none)
    return due_of(notice.receipt_due_on, clock().today(), calendar, provisional=False)


def _badge(notice: NoticeRow) -> Badge:
    return Badge(label("notice_state", notice.state), TONES[notice.state])
