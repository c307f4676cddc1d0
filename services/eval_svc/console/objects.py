"""Evaluation objects: list of a budget year, and one object."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request

from services.eval_svc.queries.objects import ObjectSearch, get_object, list_objects
from services.eval_svc.store.objects import EvaluationObjectRow
from shared.access.rights import act_label, is_allowed
from shared.directory.tables import UnitRow
from shared.terms import label
from shared.trail.queries import TrailEntry, timeline
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.request import clock, database
from shared.web.console.showing import choices_of, year_choices
from shared.web.console.views import Light, LightColour, Link, TimelineEntry
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("objects", __name__, url_prefix="/objects", template_folder="templates")

COLUMNS = (
    Column("project", "项目", "link", frozen=True, width="wide"),
    Column("unit", "单位"),
    Column("book", "预算类型"),
    Column("approved", "批复金额", "money"),
    Column("executed", "监控时已执行", "money"),
    Column("rate", "执行率", "percent"),
    Column("light", "监控结果", "light"),
)
COLOURS: dict[str, LightColour] = {
    "red": "red",
    "yellow": "yellow",
    "green": "green",
    "blue": "blue",
}
YEARS_BACK = 2


@pages.get("")
@permission("evaluation.object.view")
def list_page() -> str:
    """Show the objects of a budget year; without one asked for, of the present work year's."""
    this_year = clock().today().year
    view = list_view(request.path, request.args, columns=COLUMNS, filters=_filters(this_year))
    year = int(view.value("year") or this_year)
    wanted = ObjectSearch(
        year, view.value("q"), view.value("unit"), view.value("book"), view.value("light")
    )
    with database().read() as session:
        page = list_objects(session, current_actor(), wanted, cursor=view.cursor, limit=view.limit)
        rows = [_row(each, unit) for each, unit in page.items]
    return render_template(
        "evaluation/objects.html",
        view=view,
        rows=rows,
        next_cursor=page.next_cursor,
        year=year,
        narrowed=any(key != "year" for key in view.values),
    )


@pages.get("/<int:year>/<uuid:object_id>")
@permission("evaluation.object.view")
def show_object(year: int, object_id: UUID) -> str:
    """Show an object: what was approved, what monitoring found, where to look further."""
    actor = current_actor()
    with database().read() as session:
        found, unit, project = get_object(session, actor, year, object_id)
        may_follow = is_allowed(actor, "system.trail.timeline")
        entries = [_entry(each) for each in timeline(session, object_id)] if may_follow else []
    return render_template(
        "evaluation/object.html",
        object=found,
        unit=unit,
        book=label("budget_book", found.budget_book),
        flags=[label("project_flag", flag) for flag in project.flags] if project else [],
        adjusted=project.adjusted_amount if project else None,
        light=_light(found),
        entries=entries,
    )


def _filters(this_year: int) -> tuple[Filter, ...]:
    return (
        Filter("year", "预算年度", choices=year_choices(this_year + 1, this_year - YEARS_BACK)),
        Filter("q", "项目", "text", placeholder="编码开头或名称"),
        Filter("unit", "单位", "text", placeholder="名称、编码或拼音"),
        Filter("book", "预算类型", choices=choices_of("budget_book")),
        Filter("light", "监控结果", choices=choices_of("light")),
    )


def _row(found: EvaluationObjectRow, unit: UnitRow) -> dict[str, object]:
    here = link("evaluation.object", year=found.fiscal_year, id=found.object_id)
    return {
        "project": Link(found.project_name, here, note=found.project_code),
        "unit": unit.name,
        "book": label("budget_book", found.budget_book),
        "approved": found.approved_amount,
        "executed": found.executed,
        "rate": found.execution_rate,
        "light": _light(found),
    }


def _light(found: EvaluationObjectRow) -> Light:
    colour = COLOURS.get(found.monitoring_light or "", "grey")
    return Light(colour, "" if colour != "grey" else "未监控")


def _entry(entry: TrailEntry) -> TimelineEntry:
    # An act of the program itself is signed with a service's name, which says nothing to people.
    name = "" if entry.actor_name.startswith("system:") else entry.actor_name
    return TimelineEntry(act_label(entry.act), name, entry.post_name, entry.at, entry.comment)
