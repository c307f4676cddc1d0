"""整改情况报告 for government and 人大: every figure leads to the findings it counts (HC20.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.ledger import read_places
from services.oversight_svc.console.papers import organisation, report_document
from services.oversight_svc.domain.ledger import Standing
from services.oversight_svc.queries.ledger import every_entry
from services.oversight_svc.queries.ledger_choices import ledger_filters
from services.oversight_svc.queries.ledger_filters import Asked, ask
from services.oversight_svc.queries.rectification_summary import (
    Summary,
    SummaryLine,
    summarise,
)
from services.oversight_svc.queries.today import own_bodies
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.files.media import DOCX
from shared.money import ratio_percent
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody
from shared.web.api import current_resources
from shared.web.console.formats import date_zh
from shared.web.console.lists import ListView, list_view
from shared.web.console.request import clock, database
from shared.web.console.views import Link
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("rectification_report_pages", __name__, template_folder="templates")

FILTERS = ("year", "work_year", "raised_by", "source", "office", "from", "until")
MOST_DETAILS = 2_000
"""Word grows slow beyond; a longer list is taken along as the ledger's Excel."""

TABLES = {"source": "按问题来源", "unit": "按责任单位", "kind": "按整改类型"}


@pages.get("/rectification-report")
@permission("oversight.ledger.report")
def show_report() -> str:
    """Show the figures of a period, each a link to the ledger's lines it counts."""
    actor = current_actor()
    with database().read() as session:
        view, _asked, summary = read_summary(session, actor)
    return render_template(
        "oversight/rectification_report.html",
        view=view,
        overall=_overall(view, summary),
        tables=[
            (title, [_line(view, each) for each in summary.tables[key]])
            for key, title in TABLES.items()
        ],
        whole=summary.overall.whole,
        standings=[label_of(each) for each in Standing],
        word_href=view.href(sort=None).replace(view.path, f"{view.path}/document", 1),
    )


@pages.get("/rectification-report/document")
@permission("oversight.ledger.report")
def download_report() -> BaseResponse:
    """Hand out the report as Word, to be edited and numbered; its last table names the findings."""
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        view, asked, summary = read_summary(session, actor)
        entries = list(islice(every_entry(session, actor, asked, "number"), MOST_DETAILS))
    body = next(iter(own_bodies(actor)), RaisingBody.FINANCE.value)
    content = report_document(
        summary,
        entries,
        period=period_of(view),
        today=today,
        signs=organisation(current_resources().settings.region_name, RaisingBody(body)),
        contact=actor.name,
    )
    return attachment(content, f"整改情况报告{today:%Y%m%d}.docx", DOCX)


def period_of(view: ListView) -> str:
    """Return the period the report is about, in words."""
    first, last = _day(view.value("from")), _day(view.value("until"))
    if first and last:
        return f"{date_zh(first)}至{date_zh(last)}"
    if first or last:
        return f"{date_zh(first)}以来" if first else f"截至{date_zh(last)}"
    if view.value("work_year"):
        return f"{view.value('work_year')}工作年度"
    return f"{view.value('year')}年度" if view.value("year") else "历年"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_summary(session: Session, actor: Actor) -> tuple[ListView, Asked, Summary]:
    """Return what the address asks and the figures under it."""
    places = read_places(session, actor)
    every = {item.key: item for item in ledger_filters(places, clock().today().year)}
    view = list_view(
        link("oversight.rectification_report"),
        request.args,
        columns=(),
        filters=[replace(every[key], more=False) for key in FILTERS],
    )
    asked = ask(view.values, clock().today(), load_calendar(session))
    return view, asked, summarise(session, actor, asked)


def _overall(view: ListView, summary: Summary) -> list[dict[str, Any]]:
    whole = summary.overall
    lines = [
        (label_of(standing), {"standing": standing.value}, whole.of(standing))
        for standing in Standing
    ]
    lines.append(("合计", {}, whole.whole))
    return [
        {
            "name": name,
            "count": _count(view, question, total.count),
            "amount": total.amount,
            "rectified": total.rectified,
            "href": _href(view, question),
            "share": _share(total.count, whole.whole.count),
        }
        for name, question, total in lines
    ]


def _line(view: ListView, line: SummaryLine) -> dict[str, Any]:
    done = line.of(Standing.RECTIFIED).count
    return {
        "name": line.name,
        "whole": _count(view, line.question, line.whole.count),
        "standings": [
            _count(view, {**line.question, "standing": each.value}, line.of(each).count)
            for each in Standing
        ],
        "amount": line.whole.amount,
        "rectified": line.whole.rectified,
        "href": _href(view, line.question),
        "share": _share(done, line.whole.count),
    }


def _count(view: ListView, question: Mapping[str, str], count: int) -> Link:
    return Link(f"{count:,}", _href(view, question))


def _href(view: ListView, question: Mapping[str, str]) -> str:
    return link("oversight.findings", query={**view.values, **question, "sort": "due"})


def _share(part: int, whole: int) -> Decimal | None:
    return ratio_percent(Decimal(part), Decimal(whole))
