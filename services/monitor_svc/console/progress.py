"""报送进度: who has handed in what, electronic and paper; reminders and telephone notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.forms import ContactFormSchema
from services.monitor_svc.console.years import args_with_year, year_choices, year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.usecases.note_contact import note_contact
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.duties.contacts import NoteContact
from shared.duties.lists import offices_in_scope
from shared.duties.progress import Counts, UnitProgress, list_progress, total_progress
from shared.duties.reminding import Missing, reminder_text
from shared.web.console.formats import date_zh
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.showing import due_of
from shared.web.console.views import Choice, Link, Tile
from shared.web.console.workbook import workbook
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission

pages = Blueprint("progress_pages", __name__, template_folder="templates")
COLUMNS = (
    Column("unit", "单位", "link", frozen=True, width="medium"),
    Column("office", "归口股室"),
    Column("electronic", "电子件（已报/应报）"),
    Column("paper", "纸质件（已收/应收）"),
    Column("returned", "退回（次）", "number"),
    Column("late", "迟报（份）", "number"),
    Column("overdue", "逾期未报（份）", "number"),
    Column("due", "最近期限", "due"),
    Column("contact", "最近电话催办", width="medium"),
)


@pages.get("/progress")
@permission("monitoring.progress.view")
def show_progress() -> str | BaseResponse:
    """Show all first-level units on one sheet, or the same as Excel with `format=xlsx`."""
    return _page()


@pages.post("/progress/contacts")
@permission("monitoring.report.receive_paper")
def note_call() -> BaseResponse | tuple[str | BaseResponse, int]:
    """Keep a note of a telephone reminder."""
    form = bind(ContactFormSchema(), request.form)
    year = year_of(request.form.get("year", ""))
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            note_contact(uow, clock(), current_actor(), NoteContact(fiscal_year=year, **form.data))
    if not form.is_valid:
        return _page(form), 422
    return redirect_with_notice(
        link("monitoring.progress", query={"year": year}), "已登记电话催办。"
    )


def _page(form: Form | None = None) -> str | BaseResponse:
    actor, today = current_actor(), clock().today()
    args = args_with_year() if request.method == "GET" else MultiDict(request.form)
    year = year_of(args.get("year", ""))
    args["year"] = str(year)
    with database().read() as session:
        offices = offices_in_scope(session, actor)
        view = _view(args, offices)
        office = view.value("office")
        owed = owed_reports(year)
        page = list_progress(
            session, actor, owed, today, office=office, cursor=view.cursor, limit=MOST
        )
        total = total_progress(session, actor, owed, today, office=office)
        calendar = load_calendar(session)
    rows = [progress_row(each, year, today, calendar) for each in page.items]
    if args.get("format") == "xlsx":
        title = f"{year}年度绩效运行监控报送进度表"
        return workbook(title, COLUMNS, rows, [_asof(today), _total_line(total)])
    missing = _missing(page.items, today, calendar)
    return render_template(
        "monitoring/progress.html",
        view=view,
        year=year,
        rows=rows,
        total_line=_total_line(total),
        next_cursor=page.next_cursor,
        tiles=_tiles(total, year, office),
        reminder=reminder_text("绩效运行监控", f"{year}年度绩效运行监控表", today, missing)
        if total.required
        else "",
        form=form or blank(ContactFormSchema(), {"unit_id": request.args.get("call") or None}),
        units=[Choice(str(each.unit.unit_id), each.unit.name) for each in page.items],
    )


def _view(args: MultiDict[str, str], offices: Sequence[tuple[str, str]]) -> ListView:
    filters = (
        Filter("year", "预算年度", choices=year_choices()),
        Filter("office", "归口股室", choices=[Choice(code, name) for code, name in offices]),
    )
    return list_view(link("monitoring.progress"), args, columns=COLUMNS, filters=filters)


def progress_row(
    each: UnitProgress, year: int, today: date, calendar: WorkingCalendar
) -> dict[str, Any]:
    """Return one unit's line; its name leads to its reports."""
    unit, contact = each.unit, each.contact
    query = {"year": year, "q": unit.name, "tab": "all"}
    shown = _shown(each.counts, today, calendar)
    return {
        **shown,
        "id": str(unit.unit_id),
        "selectable": each.counts.missing > 0,
        "unit": Link(unit.name, link("monitoring.reports", query=query), note=unit.phone),
        "office": unit.lead_office_name,
        "contact": (
            f"{date_zh(contact.contacted_at)} {contact.person or '未记姓名'}：{contact.note}"
            if contact
            else ""
        ),
    }


def _total_line(total: Counts) -> str:
    return (
        f"合计：电子件{total.submitted}/{total.required}份，"
        f"纸质件{total.paper_received}/{total.paper_required}份，退回{total.returned}次，"
        f"迟报{total.late}份，逾期未报{total.overdue}份"
    )


def _shown(counts: Counts, today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    due = None
    if counts.due_on is not None:
        due = due_of(counts.due_on, today, calendar, was_on=counts.first_due_on)
    return {
        "electronic": f"{counts.submitted} / {counts.required}",
        "paper": f"{counts.paper_received} / {counts.paper_required}",
        "returned": counts.returned,
        "late": counts.late,
        "overdue": counts.overdue,
        "due": due,
    }


def _missing(
    found: Sequence[UnitProgress], today: date, calendar: WorkingCalendar
) -> list[Missing]:
    missing = []
    for each in found:
        if each.counts.due_on is None:
            continue
        due = due_of(each.counts.due_on, today, calendar)
        missing.append(
            Missing(
                unit=each.unit.name,
                contact=each.unit.contact,
                phone=each.unit.phone,
                owed=each.counts.missing,
                due_on=due.on,
                workdays_left=due.workdays_left,
                is_overdue=due.on < today,
            )
        )
    return missing


def _tiles(total: Counts, year: int, office: str) -> list[Tile]:
    def tile(label: str, value: str, unit: str, tone: Any, **query: str) -> Tile:  # noqa: ANN401
        asked = {"year": year, "office": office or None, **query}
        return Tile(label, value, link("monitoring.reports", query=asked), unit=unit, tone=tone)

    late = "red" if total.overdue else "green"
    lacking = total.paper_required - total.paper_received
    return [
        tile("电子件已报", f"{total.submitted}/{total.required}", "份", "blue", tab="all"),
        tile(
            "纸质件已收",
            f"{total.paper_received}/{total.paper_required}",
            "份",
            "orange" if lacking else "green",
            paper="1",
        ),
        tile("逾期未报", str(total.overdue), "份", late, overdue="1"),
        tile("被退回过", str(total.returned), "次", "grey", tab="returned"),
    ]


def _asof(today: date) -> str:
    return f"截至{date_zh(today)}"
