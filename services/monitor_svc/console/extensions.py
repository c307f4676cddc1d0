"""Leaders change dates: move the due date of chosen units or of all, on a basis document."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.duty import PAGES
from services.monitor_svc.console.years import year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.usecases.extend_reports import extend_reports
from shared.duties.extending import ExtendDuties
from shared.duties.extension_page import CHOOSE_FIRST, draw_extension
from shared.duties.forms import ExtensionForm
from shared.web.console.forms import bind, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, ids_of
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("extension_pages", __name__, template_folder="templates")


@pages.get("/progress/extension")
@permission("monitoring.campaign.extend")
def show_for_all() -> str:
    """Show the form for the whole campaign of a year."""
    return draw_extension(PAGES, owed_reports(year_of(request.args.get("year", ""))), ())


@pages.post("/progress/extension")
@permission("monitoring.campaign.extend")
def show_for_chosen() -> str | BaseResponse:
    """Show the form for the units ticked in the progress table."""
    year = year_of(request.form.get("year", "") or request.args.get("year", ""))
    chosen = ids_of(request.form.getlist("ids"))
    if not chosen:
        back = link(PAGES.progress, query={"year": year})
        return redirect_with_notice(back, CHOOSE_FIRST, "yellow")
    return draw_extension(PAGES, owed_reports(year), chosen)


@pages.post("/progress/extend")
@permission("monitoring.campaign.extend")
def extend() -> BaseResponse | tuple[str, int]:
    """Move the due date; the old one stays visible."""
    form = bind(ExtensionForm(), request.form)
    year = year_of(request.form.get("year", ""))
    units = ids_of(request.form.getlist("units"))
    count = 0
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = ExtendDuties(year, units, **form.data)
            count = extend_reports(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return draw_extension(PAGES, owed_reports(year), units, form), 422
    back = link(PAGES.progress, query={"year": year})
    return redirect_with_notice(back, f"已延长{count}份{PAGES.form}的报送期限，原期限仍可查看。")
