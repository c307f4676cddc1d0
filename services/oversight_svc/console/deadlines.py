"""The deadline map on 全过程一览, and the list of open tasks each of its figures leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.deadline_map import DeadlineGroup, Week, level_of
from services.oversight_svc.queries.deadlines import (
    DeadlineCount,
    DeadlineFilter,
    groups_for,
    list_deadlines,
)
from shared.access.actor import Actor
from shared.access.rights import role_label
from shared.calendar_store import load_calendar
from shared.terms import label_of, labels
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.request import clock, database
from shared.web.console.views import Link
from shared.web.identity import current_actor
from shared.web.links import LINKS, link
from shared.web.permissions import permission

pages = Blueprint("deadlines", __name__, template_folder="templates")
COLUMNS = (
    Column("task", "事项", "link", frozen=True, width="wide"),
    Column("kind", "环节"),
    Column("unit", "单位"),
    Column("role", "等待谁"),
    Column("year", "预算年度"),
    Column("due", "期限", "due"),
)


@pages.get("/deadlines")
@permission("oversight.ledger.view")
def list_all() -> str:
    """List what is open and due in a span of days."""
    actor, today = current_actor(), clock().today()
    groups = {group.value for group in groups_for(actor)}
    choices = [each for each in choices_of("deadline_group") if each.value in groups]
    filters = (
        Filter("group", "事项类别", choices=choices),
        Filter("from", "期限起", "date"),
        Filter("until", "期限止", "date"),
    )
    view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
    name = view.value("group")
    wanted = DeadlineFilter(
        DeadlineGroup(name) if name in groups else None,
        _day(view.value("from")),
        _day(view.value("until")),
    )
    with database().read() as session:
        page = list_deadlines(session, actor, wanted, cursor=view.cursor, limit=view.limit)
        calendar = load_calendar(session)
    rows = [
        {
            "task": Link(task.title, _about(task)),
            "kind": labels("task_kind").get(task.kind, task.kind),
            "unit": unit.name,
            "role": role_label(task.role),
            "year": f"{task.fiscal_year}年度",
            "due": due_of(
                task.due_on,
                today,
                calendar,
                provisional=task.provisional,
                was_on=task.first_due_on,
            ),
        }
        for task, unit in page.items
    ]
    return render_template(
        "oversight/deadlines.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


def heat_map(
    actor: Actor,
    weeks: Sequence[Week],
    counts: Mapping[tuple[DeadlineGroup, Week], DeadlineCount],
    today: date,
) -> dict[str, Any]:
    """Return the map: weeks across, kinds of work down, each figure with its list."""
    return {
        "weeks": [_heading(week, today) for week in weeks],
        "rows": [
            {
                "name": label_of(group),
                "cells": [_cell(group, week, counts.get((group, week))) for week in weeks],
            }
            for group in groups_for(actor)
        ],
        "is_empty": not counts,
    }


def _heading(week: Week, today: date) -> dict[str, Any]:
    if week.first is None:
        return {"title": "更早", "is_present": False}
    days = f"{week.first.month}.{week.first.day}—{week.last.month}.{week.last.day}"
    return {"title": days, "is_present": week.first <= today <= week.last}


def _cell(group: DeadlineGroup, week: Week, count: DeadlineCount | None) -> dict[str, Any]:
    if count is None:
        return {"level": 0}
    asked = {"group": group.value, "until": week.last.isoformat()}
    if week.first is not None:
        asked["from"] = week.first.isoformat()
    return {
        "level": level_of(count.due),
        "due": count.due,
        "late": count.late,
        "href": link("oversight.deadlines", query=asked),
    }


def _about(task: Any) -> str:  # noqa: ANN401 (a row)
    """Return the address of what a task is about; the desk where there is none."""
    if task.subject_kind in LINKS:
        return link(task.subject_kind, year=task.fiscal_year, id=task.subject_id)
    return "/"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
