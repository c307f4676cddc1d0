"""报送进度 as a page: who has handed in what, electronic and paper; a reminder to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.duties.forms import ContactForm
from shared.duties.lists import offices_in_scope
from shared.duties.pages import DutyPages
from shared.duties.progress import Counts, Owed, UnitProgress, list_progress, total_progress
from shared.duties.reminding import Missing, reminder_text
from shared.web.console.formats import date_zh
from shared.web.console.forms import Form, blank
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.request import clock
from shared.web.console.showing import due_of
from shared.web.console.views import Choice, Link, Tile, Tone
from shared.web.console.workbook import workbook
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST, Page

COLUMNS = (
    Column("unit", "单位", "link", frozen=True, width="medium"),
    Column("office", "归口股室"),
    Column("electronic", "电子件（已报/应报）"),
    Column("paper", "纸质件（已收/应收）"),
    Column("returned", "退回（次）", "number"),
    Column("late", "迟报（份）", "number"),
    Column("overdue", "逾期未报（份）", "number"),
    Column("due", "最近期限", "due"),
    Column("contact", "最近催办", width="medium"),
)


@dataclass(frozen=True, slots=True)
class FoundProgress:
    """What the page shows, as read from the database."""

    year: int
    units: Page[UnitProgress]
    total: Counts
    calendar: WorkingCalendar


def progress_view(
    session: Session, pages: DutyPages, year: int, years: Sequence[Choice], *own: Filter
) -> ListView:
    """Return the table as asked for in the address or the posted form."""
    args = MultiDict(request.values)
    args["year"] = str(year)
    offices = [Choice(code, name) for code, name in offices_in_scope(session, current_actor())]
    filters = (
        Filter("year", "预算年度", choices=years),
        *own,
        Filter("office", "归口股室", choices=offices),
    )
    return list_view(link(pages.progress), args, columns=COLUMNS, filters=filters)


def find_progress(session: Session, view: ListView, owed: Owed) -> FoundProgress:
    """Read a page of units and the total of all."""
    actor, today, office = current_actor(), clock().today(), view.value("office")
    return FoundProgress(
        owed.fiscal_year,
        list_progress(session, actor, owed, today, office=office, cursor=view.cursor, limit=MOST),
        total_progress(session, actor, owed, today, office=office),
        load_calendar(session),
    )


def draw_progress(
    pages: DutyPages, view: ListView, found: FoundProgress, form: Form | None = None
) -> str | BaseResponse:
    """Return the page, or the same as Excel with `format=xlsx`; `form` is a refused note."""
    year, today, total = found.year, clock().today(), found.total
    rows = [_row(pages, each, found, today) for each in found.units.items]
    if request.values.get("format") == "xlsx":
        title = f"{year}年度{pages.subject}报送进度表"
        return workbook(title, COLUMNS, rows, [f"截至{date_zh(today)}", _total_line(total)])
    reminder = ""
    if total.required:
        documents = f"{year}年度{pages.documents}"
        reminder = reminder_text(pages.subject, documents, today, _missing(found, today))
    return render_template(
        pages.progress_template,
        pages=pages,
        view=view,
        year=year,
        rows=rows,
        total_line=_total_line(total),
        next_cursor=found.units.next_cursor,
        tiles=_tiles(pages, total, year, view.value("office")),
        reminder=reminder,
        form=form or blank(ContactForm(), {"unit_id": request.args.get("call") or None}),
        units=[Choice(str(each.unit.unit_id), each.unit.name) for each in found.units.items],
    )


def _row(pages: DutyPages, each: UnitProgress, found: FoundProgress, today: date) -> dict[str, Any]:
    unit, counts, contact = each.unit, each.counts, each.contact
    query = {"year": found.year, "q": unit.name, "tab": "all"}
    due = None
    if counts.due_on is not None:
        due = due_of(counts.due_on, today, found.calendar, was_on=counts.first_due_on)
    return {
        "id": str(unit.unit_id),
        "selectable": counts.missing > 0,
        "unit": Link(unit.name, link(pages.items, query=query), note=unit.phone),
        "office": unit.lead_office_name,
        "electronic": f"{counts.submitted} / {counts.required}",
        "paper": f"{counts.paper_received} / {counts.paper_required}",
        "returned": counts.returned,
        "late": counts.late,
        "overdue": counts.overdue,
        "due": due,
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


def _missing(found: FoundProgress, today: date) -> list[Missing]:
    missing = []
    for each in found.units.items:
        if each.counts.due_on is None:
            continue
        due = due_of(each.counts.due_on, today, found.calendar)
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


def _tiles(pages: DutyPages, total: Counts, year: int, office: str) -> list[Tile]:
    def tile(label: str, value: str, unit: str, tone: Tone, **query: str) -> Tile:
        asked = {"year": year, "office": office or None, **query}
        return Tile(label, value, link(pages.items, query=asked), unit=unit, tone=tone)

    late: Tone = "red" if total.overdue else "green"
    lacking: Tone = "orange" if total.paper_required > total.paper_received else "green"
    paper = f"{total.paper_received}/{total.paper_required}"
    return [
        tile("电子件已报", f"{total.submitted}/{total.required}", "份", "blue", tab="all"),
        tile("纸质件已收", paper, "份", lacking, paper="1"),
        tile("逾期未报", str(total.overdue), "份", late, overdue="1"),
        tile("被退回过", str(total.returned), "次", "grey", tab="returned"),
    ]
