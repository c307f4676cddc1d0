"""This service's part of the 全过程一览: what was reported, and the lights."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from services.monitor_svc.console.years import year_of
from services.monitor_svc.queries.progress import owed_reports
from services.monitor_svc.store.reports import ReportRow
from shared.duties.progress import count_by, total_progress
from shared.terms import label
from shared.web.console.request import clock, database
from shared.web.console.views import Tile, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("glance", __name__, template_folder="templates")
LIGHT_TONES: dict[str, Tone] = {
    "red": "red",
    "yellow": "orange",
    "green": "green",
    "blue": "blue",
}


@pages.get("/glance")
@permission("monitoring.report.view")
def show_glance() -> str:
    """Show reports and lights of a budget year, each figure a link to its list."""
    actor, year = current_actor(), year_of(request.args.get("year", ""))
    owed = owed_reports(year)
    with database().read() as session:
        total = total_progress(session, actor, owed, clock().today())
        lights = count_by(session, actor, owed, ReportRow.light)

    def tile(title: str, value: int, tone: Tone, **query: Any) -> Tile:  # noqa: ANN401
        address = link("monitoring.reports", query={"year": year, "tab": "all", **query})
        return Tile(title, f"{value:,}", address, "份", tone)

    late: Tone = "red" if total.overdue else "green"
    return render_template(
        "monitoring/glance.html",
        tiles=[
            tile("应报监控表", total.required, "blue"),
            tile("逾期未报", total.overdue, late, overdue="1"),
            *(
                tile(label("light", light), lights.get(light, 0), tone, light=light)
                for light, tone in LIGHT_TONES.items()
            ),
        ],
        total=total,
    )
