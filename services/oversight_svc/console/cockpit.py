"""全过程一览: the loop of a work year on one page; the parts of other services come from them.

One work year handles several budget years at once: targets and monitoring of N, self-evaluation of
the year before, findings of every year. A part is fetched by the page from the service that owns
it, under the reader's own rights, so that no figure is a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from services.oversight_svc.console.deadlines import heat_map
from services.oversight_svc.domain.deadline_map import weeks_around
from services.oversight_svc.domain.ledger import Standing
from services.oversight_svc.queries.cockpit import YearOfFindings, findings_by_year
from services.oversight_svc.queries.deadlines import count_deadlines
from services.oversight_svc.queries.ledger_filters import ask
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.terms import label_of
from shared.web.console.request import asked_year, clock, database
from shared.web.console.views import Choice, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("cockpit", __name__, template_folder="templates")
YEARS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the page that another service draws."""

    title: str
    note: str
    address: str


@pages.get("/cockpit")
@permission("oversight.ledger.view")
def show_cockpit() -> str:
    """Show the loop of a work year."""
    actor, today = current_actor(), clock().today()
    year = asked_year(request.args.get("year", ""), today.year)
    with database().read() as session:
        asked = ask({}, today, load_calendar(session))
        years = findings_by_year(session, actor, asked)
        weeks = weeks_around(today)
        counts = count_deadlines(session, actor, weeks, today)
    wanted = (
        ("绩效目标", "target.target.view", "target.glance", year),
        ("运行监控", "monitoring.report.view", "monitoring.glance", year),
        ("单位自评", "evaluation.self_evaluation.view", "evaluation.glance", year - 1),
    )
    return render_template(
        "oversight/cockpit.html",
        year=year,
        years=_year_choices(today, year),
        parts=[
            Part(title, f"{budget_year}年度", link(name, query={"year": budget_year}))
            for title, act, name, budget_year in wanted
            if is_allowed(actor, act)
        ],
        findings=[_line(each) for each in years],
        standings=[label_of(each) for each in Standing],
        heat=heat_map(actor, weeks, counts, today),
        today=today,
    )


def _year_choices(today: date, chosen: int) -> list[Choice]:
    shown = {today.year - back for back in range(YEARS_SHOWN)} | {chosen}
    return [Choice(str(each), f"{each}工作年度") for each in sorted(shown, reverse=True)]


def _line(found: YearOfFindings) -> dict[str, object]:
    def listed(count: int, **query: str) -> Link:
        asked = {"year": found.fiscal_year, **query}
        return Link(f"{count:,}", link("oversight.findings", query=asked))

    return {
        "year": found.fiscal_year,
        "whole": listed(found.whole.count),
        "standings": [listed(found.of(each).count, standing=each.value) for each in Standing],
        "overdue": listed(found.overdue, due="overdue"),
        "amount": found.whole.amount,
        "rectified": found.whole.rectified,
        "share": found.rectified_share,
    }
