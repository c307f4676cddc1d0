"""今日督办: what is overdue, due soon or waits for me, by 股室, and how to urge about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request

from services.oversight_svc.console.urging import text_for
from services.oversight_svc.queries.ledger import Entry
from services.oversight_svc.queries.ledger_cells import (
    Telling,
    due_of_finding,
    finding_href,
    key_of,
    office_names,
)
from services.oversight_svc.queries.ledger_filters import ask
from services.oversight_svc.queries.today import (
    TodayCounts,
    count_today,
    drafted_letters,
    urgent_findings,
)
from shared.calendar_store import load_calendar
from shared.web.console.request import clock, database
from shared.web.console.views import Link, Tile, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission

pages = Blueprint("today_pages", __name__, template_folder="templates")

NO_OFFICE = "未归口"
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "overdue": {"due": "overdue", "wait": "urge"},
    "soon": {"due": "soon", "wait": "urge"},
    "recheck": {"wait": "recheck"},
    "recognise": {"wait": "recognise"},
}
"""Count → the filters of the ledger that list exactly what it counts."""


@pages.get("/today")
@permission("oversight.finding.urge")
def show_today() -> str:
    """Show the day's work; `office` narrows the findings to urge about to one office's."""
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        calendar, offices = load_calendar(session), office_names(session, actor)
        asked = ask({}, today, calendar)
        counts = count_today(session, actor, asked)
        office = request.args.get("office", "")
        office = office if office in offices else ""
        entries = urgent_findings(session, actor, asked, office=office)
        letters = drafted_letters(session, actor)
    telling = Telling(today, calendar, offices)
    return render_template(
        "oversight/today.html",
        tiles=tiles(sum(counts.values(), TodayCounts())),
        offices=[_office(code, count, offices) for code, count in counts.items()],
        chosen=offices.get(office, ""),
        units=_by_unit(entries, telling),
        text=text_for(entries, telling),
        ids=[key_of(entry.finding).to_text() for entry in entries],
        is_cut=len(entries) == MOST,
        letters=[
            Link(
                letter.entries[0].unit.name,
                f"/oversight/urging/letters/{letter.batch_id}",
                note=f"{len(letter.entries)}个问题",
            )
            for letter in letters
        ],
    )


def tiles(total: TodayCounts) -> list[Tile]:
    """Return the day's four figures, each leading to the ledger's lines it counts."""

    def tile(name: str, label: str, count: int, tone: Tone, note: str) -> Tile:
        href = link("oversight.findings", query=QUESTIONS[name])
        return Tile(label, str(count), href, unit="个", tone=tone if count else "grey", note=note)

    return [
        tile("overdue", "待催办：已逾期", total.overdue, "red", "逾期不自动问责"),
        tile("soon", "待催办：3个工作日内到期", total.soon, "orange", "请提前催办"),
        tile("recheck", "待我复核", total.recheck, "blue", "单位已报送整改情况"),
        tile("recognise", "待我认定", total.recognise, "blue", "复核已通过"),
    ]


def _office(code: str, count: TodayCounts, offices: Mapping[str, str]) -> dict[str, Any]:
    def cell(name: str, number: int) -> Link | str:
        query = {**QUESTIONS[name], "office": code}
        return Link(str(number), link("oversight.findings", query=query)) if number else ""

    return {
        "name": offices.get(code, code or NO_OFFICE),
        "href": link("oversight.today", query={"office": code}) if code in offices else "",
        "cells": [
            cell(name, getattr(count, name)) if code else str(getattr(count, name))
            for name in QUESTIONS
        ],
    }


def _by_unit(entries: Sequence[Entry], telling: Telling) -> list[dict[str, Any]]:
    in_order = sorted(entries, key=lambda entry: entry.unit.code)
    groups = [
        (unit_entries[0].unit, unit_entries)
        for _code, group in groupby(in_order, key=lambda entry: entry.unit.code)
        if (unit_entries := sorted(group, key=_urgency))
    ]
    groups.sort(key=lambda pair: _urgency(pair[1][0]))
    return [
        {
            "unit": unit,
            "text": text_for(own, telling),
            "ids": _joined(own),
            "late": _joined([entry for entry in own if _urgency(entry)[0] < telling.today]),
            "lines": [
                (
                    Link(
                        f"{entry.finding.number} {entry.finding.title}",
                        finding_href(entry.finding),
                    ),
                    due_of_finding(entry.finding, telling),
                    entry.finding.buffer_on,
                    entry.finding.times_urged,
                )
                for entry in own
            ],
        }
        for unit, own in groups
    ]


def _joined(entries: Sequence[Entry]) -> str:
    return ",".join(key_of(entry.finding).to_text() for entry in entries)


def _urgency(entry: Entry) -> tuple[Any, ...]:
    return entry.finding.due_on, entry.finding.finding_id
