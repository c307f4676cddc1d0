"""This service's part of the 全过程一览: what was reported, and the lights."""

from __future__ import annotations

from flask import Blueprint, request

from services.monitor_svc.console.years import year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.store.reports import ReportRow
from shared.duties.glance_page import Glance, glance_page
from shared.terms import label
from shared.web.permissions import permission

pages = Blueprint("glance", __name__, template_folder="templates")
GLANCE = Glance(
    template="monitoring/glance.html",
    list_name="monitoring.reports",
    required="应报监控表",
    result=ReportRow.light,
    key="light",
    tones={"red": "red", "yellow": "orange", "green": "green", "blue": "blue"},
    title_of=lambda light: label("light", light),
)


@pages.get("/glance")
@permission("monitoring.report.view")
def show_glance() -> str:
    """Show reports and lights of a budget year, each figure a link to its list."""
    year = year_of(request.args.get("year", ""))
    return glance_page(GLANCE, owed_reports(year), year)
