"""Leaders change dates: move the due date of chosen units or of all, on a basis document."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.forms import ExtensionFormSchema
from services.monitor_svc.console.years import year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.usecases.extend_reports import extend_reports
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.duties.extending import ExtendDuties
from shared.duties.progress import total_progress
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, ids_of
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission

pages = Blueprint("extension_pages", __name__, template_folder="templates")


@pages.get("/progress/extension")
@permission("monitoring.campaign.extend")
def show_for_all() -> str:
    """Show the form for the whole campaign of a year."""
    return _page(year_of(request.args.get("year", "")), ())


@pages.post("/progress/extension")
@permission("monitoring.campaign.extend")
def show_for_chosen() -> str | BaseResponse:
    """Show the form for the units ticked in the progress table."""
    year = year_of(request.form.get("year", "") or request.args.get("year", ""))
    chosen = ids_of(request.form.getlist("ids"))
    if not chosen:
        back = link("monitoring.progress", query={"year": year})
        return redirect_with_notice(back, "请先勾选要延期的单位，或用「全部延期」。", "yellow")
    return _page(year, chosen)


@pages.post("/progress/extend")
@permission("monitoring.campaign.extend")
def extend() -> BaseResponse | tuple[str, int]:
    """Move the due date; the old one stays visible."""
    form = bind(ExtensionFormSchema(), request.form)
    year = year_of(request.form.get("year", ""))
    units = ids_of(request.form.getlist("units"))
    count = 0
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = ExtendDuties(year, units, **form.data)
            count = extend_reports(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _page(year, units, form), 422
    back = link("monitoring.progress", query={"year": year})
    return redirect_with_notice(back, f"已延长{count}份监控表的报送期限，原期限仍可查看。")


def _page(year: int, chosen: tuple[UUID, ...], form: Form | None = None) -> str:
    actor = current_actor()
    with database().read() as session:
        names = session.scalars(
            select(UnitRow.name)
            .where(scope_filter(actor, UnitRow), UnitRow.unit_id.in_(chosen))
            .order_by(UnitRow.code)
            .limit(MOST)
        ).all()
        total = total_progress(session, actor, owed_reports(year), clock().today())
    return render_template(
        "monitoring/extension.html",
        year=year,
        chosen=chosen,
        names=names,
        missing=total.missing,
        form=form or blank(ExtensionFormSchema(), {}),
    )
