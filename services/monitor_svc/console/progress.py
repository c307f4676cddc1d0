"""报送进度: who has handed in what, electronic and paper; reminders and telephone notes."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.duty import PAGES
from services.monitor_svc.console.years import year_choices, year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.usecases.note_contact import note_contact
from shared.duties.contacts import NoteContact
from shared.duties.forms import ContactForm
from shared.duties.progress_page import draw_progress, find_progress, progress_view
from shared.web.console.forms import Form, bind, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("progress_pages", __name__, template_folder="templates")


@pages.get("/progress")
@permission("monitoring.progress.view")
def show_progress() -> str | BaseResponse:
    """Show all first-level units on one sheet, or the same as Excel with `format=xlsx`."""
    return _page()


@pages.post("/progress/contacts")
@permission("monitoring.report.receive_paper")
def note_call() -> BaseResponse | tuple[str | BaseResponse, int]:
    """Keep a note of a telephone reminder."""
    form = bind(ContactForm(), request.form)
    year = year_of(request.form.get("year", ""))
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            note_contact(uow, clock(), current_actor(), NoteContact(fiscal_year=year, **form.data))
    if not form.is_valid:
        return _page(form), 422
    return redirect_with_notice(link(PAGES.progress, query={"year": year}), "已登记电话催办。")


def _page(form: Form | None = None) -> str | BaseResponse:
    year = year_of(request.values.get("year", ""))
    with database().read() as session:
        view = progress_view(session, PAGES, year, year_choices())
        found = find_progress(session, view, owed_reports(year))
    return draw_progress(PAGES, view, found, form)
