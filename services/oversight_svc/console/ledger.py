"""The rectification ledger (整改台账): one row per finding, with progress in the row (Y25-6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ledger import STATE_GROUPS
from services.oversight_svc.queries.ledger import Entry, Total, list_ledger, total_by_state
from services.oversight_svc.queries.ledger_cells import (
    COLUMNS,
    Telling,
    chosen_columns,
    key_of,
    ledger_cells,
    office_names,
)
from services.oversight_svc.queries.ledger_choices import Places, ledger_filters, units_in_scope
from services.oversight_svc.queries.ledger_filters import ask
from services.oversight_svc.queries.ledger_views import default_view, views_of
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.directory.tables import UnitRow
from shared.terms import label_of
from shared.web.console.lists import ListView, list_view
from shared.web.console.request import clock, database
from shared.web.console.views import Link
from shared.web.failures import BadCursorError
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("ledger_pages", __name__, template_folder="templates")

KEPT = ("cols", "view")
PLACE_MARK = "."
LONGEST_PLACE = 9


@pages.get("/findings")
@permission("oversight.ledger.view")
def show_ledger() -> str | BaseResponse:
    """Show one page of the ledger; without any question, the account's own default view."""
    actor = current_actor()
    columns = request.args.getlist("col")
    if columns:
        kept = {key: text for key, text in request.args.items() if key != "col"}
        return redirect(link("oversight.findings", query=kept | {"cols": ",".join(columns)}), 303)
    with database().read() as session:
        if not request.args:
            preferred = default_view(session, actor)
            if preferred is not None:
                return redirect(view_href(preferred.name, preferred.query), 303)
        places = read_places(session, actor)
        view = ledger_view(request.args, places)
        calendar = load_calendar(session)
        today = clock().today()
        first, cursor = split_cursor(view.cursor)
        page = list_ledger(
            session,
            actor,
            ask(view.values, today, calendar),
            sort=view.sort,
            cursor=cursor,
            limit=view.limit,
        )
        telling = Telling(today, calendar, places.offices)
        views = views_of(session, actor)
    rows = [_row(entry, place, telling, actor) for place, entry in enumerate(page.items, first)]
    return render_template(
        "oversight/ledger.html",
        view=view,
        rows=rows,
        next_cursor=join_cursor(first + len(rows), page.next_cursor),
        views=[Link(each.name, view_href(each.name, each.query)) for each in views],
        chosen=view.kept.get("view", ""),
        every_column=COLUMNS,
        acts=_acts(actor),
        totals_href=_same_question(view, "/oversight/ledger/totals"),
        question=question_of(view),
    )


@pages.get("/ledger/totals")
@permission("oversight.ledger.view")
def show_totals() -> str:
    """Show count and money by state under the list's filters: a piece of the ledger page.

    It is fetched after the page: adding up fifty thousand findings must not hold up the list.
    """
    actor = current_actor()
    with database().read() as session:
        view = ledger_view(request.args, read_places(session, actor))
        asked = ask(view.values, clock().today(), load_calendar(session))
        totals = total_by_state(session, actor, asked)
    return render_template(
        "oversight/ledger_totals.html",
        whole=sum(totals.values(), Total()),
        groups=_groups(totals),
        states=[
            (label_of(state), totals[state], view.href(state=state.value))
            for state in FindingState
            if state in totals
        ],
    )


def read_places(session: Session, actor: Actor) -> Places:
    """Return the offices and units the actor can choose from: two queries."""
    return Places(office_names(session, actor), units_in_scope(session, actor))


def ledger_view(args: MultiDict[str, str], places: Places) -> ListView:
    """Return filters, columns and order as `args` ask for them."""
    view = list_view(
        link("oversight.findings"),
        args,
        columns=COLUMNS,
        filters=ledger_filters(places, clock().today().year),
        default_sort="due",
        kept=KEPT,
    )
    # The order may be that of a column which is not shown.
    return replace(view, columns=chosen_columns(args.get("cols", "").split(",")))


def question_of(view: ListView) -> dict[str, str]:
    """Return the view as the fields of an address: what a saved view or an export keeps."""
    columns = {"cols": view.kept["cols"]} if "cols" in view.kept else {}
    return {**view.values, "sort": view.sort, **columns}


def view_href(name: str, query: Mapping[str, Any]) -> str:
    """Return the address of a saved view."""
    return link("oversight.findings", query={**query, "view": name})


def split_cursor(cursor: str | None) -> tuple[int, str | None]:
    """Return the number of the page's first line, from 1, and the list's own mark.

    Raises `BadCursorError` for a mark without a number. The number only counts lines: a changed one
    shows other numbers and nothing else.
    """
    if cursor is None:
        return 1, None
    place, mark, rest = cursor.partition(PLACE_MARK)
    if not (mark and place.isascii() and place.isdecimal() and len(place) <= LONGEST_PLACE):
        raise BadCursorError
    return int(place), rest


def join_cursor(first: int, cursor: str | None) -> str | None:
    """Return the mark of the page that begins with line `first`."""
    return None if cursor is None else f"{first}{PLACE_MARK}{cursor}"


def _row(entry: Entry, place: int, telling: Telling, actor: Actor) -> dict[str, Any]:
    finding = entry.finding
    return {
        **ledger_cells(entry, place, telling),
        "id": key_of(finding).to_text(),
        "progress_href": f"/oversight/ledger/{finding.fiscal_year}/{finding.finding_id}/progress",
        "is_editable": may_note_progress(actor, finding, entry.unit),
    }


def may_note_progress(actor: Actor, finding: FindingRow, unit: UnitRow) -> bool:
    """Tell whether the actor speaks for the leading unit and the finding is being put right."""
    return (
        finding.state == FindingState.RECTIFYING.value
        and is_allowed(actor, "oversight.finding.plan")
        and actor.scope.covers(
            region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
        )
    )


def _acts(actor: Actor) -> list[Link]:
    acts = (
        ("oversight.finding.urge", Link("批量催办", "/oversight/ledger/remind", "bell")),
        ("oversight.finding.extend", Link("批量延期", "/oversight/ledger/extend", "clock")),
        ("oversight.finding.assign", Link("指派督办人", "/oversight/ledger/assign", "users")),
    )
    return [act for permission_name, act in acts if is_allowed(actor, permission_name)]


def _groups(totals: Mapping[FindingState, Total]) -> list[tuple[str, Total]]:
    names = (("open", "未完成"), ("closed", "已销号"))
    return [
        (name, sum((totals.get(state, Total()) for state in STATE_GROUPS[group]), Total()))
        for group, name in names
    ]


def _same_question(view: ListView, path: str) -> str:
    return view.href(cols=None, view=None).replace(view.path, path, 1)
