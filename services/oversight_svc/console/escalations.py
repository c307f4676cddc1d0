"""逾期升级: which rungs were climbed and wait for whom; taking them, leaving one out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.common import keys_of
from services.oversight_svc.console.escalation_showing import (
    COLUMNS,
    escalation_filters,
    facts_of,
    ladder_rows,
    letter_about,
    list_row,
    reminder_of,
    settled_facts,
    state_badge,
)
from services.oversight_svc.console.finding_forms import DIGEST, LONG, SHORT
from services.oversight_svc.domain.ladder import EscalationState, answers_for
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.queries.escalations import (
    TABS,
    Climbed,
    count_escalations,
    escalations_by_key,
    ladder_of,
    list_escalations,
)
from services.oversight_svc.queries.ledger_cells import Telling, office_names
from services.oversight_svc.queries.ledger_choices import Places, units_in_scope
from services.oversight_svc.usecases.skip_rung import SkipRung, skip_rung
from services.oversight_svc.usecases.take_rungs import RungKey, TakeRungs, take_rungs
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.errors import NotFoundError
from shared.policy.escalation import RungWay
from shared.web.console.files import show_file
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Link, Tab
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("escalation_pages", __name__, template_folder="templates")

ONE = "/escalations/<int:year>/<uuid:escalation_id>"
TAKE = "oversight.escalation.take"


class TakeForm(ApiSchema):
    """What was done: a paper with number, date and scan, or who was spoken to, and a note."""

    document_number = fields.String(load_default="", validate=SHORT, metadata={"label": "文号"})
    document_on = fields.Date(load_default=None, metadata={"label": "发文日期"})
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "盖章扫描件"})
    person = fields.String(load_default="", validate=SHORT, metadata={"label": "接听人"})
    note = fields.String(load_default="", validate=LONG, metadata={"label": "办理情况"})


class SkipForm(ApiSchema):
    """Who agreed to leave the rung out, and why."""

    leader_name = fields.String(load_default="", validate=SHORT, metadata={"label": "同意的领导"})
    reason = fields.String(load_default="", validate=LONG, metadata={"label": "原因"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rungs about to be taken together, and the words to tell their units."""

    climbed: Sequence[Climbed]
    telling: Telling
    text: str


@pages.get("/escalations")
@permission("oversight.escalation.view")
def show_escalations() -> str:
    """List rungs: what waits for me, for anybody, or everything."""
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        places = Places(office_names(session, actor), units_in_scope(session, actor))
        calendar = load_calendar(session)
        counts = count_escalations(session, actor)
        tab = _tab(counts)
        view = list_view(
            request.path,
            request.args,
            columns=COLUMNS,
            filters=escalation_filters(places, today.year),
            kept=("tab",),
        )
        page = list_escalations(
            session, actor, tab, view.values, cursor=view.cursor, limit=view.limit
        )
    telling = Telling(today, calendar, places.offices)
    may_take = is_allowed(actor, TAKE)
    return render_template(
        "oversight/escalations.html",
        view=view,
        rows=[list_row(each, telling, actor) for each in page.items],
        next_cursor=page.next_cursor,
        tabs=[
            Tab(title, f"{request.path}?tab={name}", counts.get(name), active=name == tab)
            for name, title in TABS.items()
        ],
        is_published=calendar.is_workday(today)[1],
        acts=[Link("办理所选", f"{request.path}/choose", "check")] if may_take else [],
    )


@pages.post("/escalations/choose")
@permission(TAKE)
def choose() -> str | BaseResponse:
    """Show the ticked rungs and what is needed to take them together."""
    return _take_page(blank(TakeForm(), {"document_on": clock().today()}))


@pages.post("/escalations/take")
@permission(TAKE)
def take() -> str | BaseResponse | tuple[str, int]:
    """Take the rungs posted along."""
    form = bind(TakeForm(), request.form)
    keys = _posted()
    if form.is_valid and keys:
        with shown_in(form), database().begin() as uow:
            command = TakeRungs(
                tuple(RungKey(key.fiscal_year, key.finding_id) for key in keys),
                form.data["document_number"],
                form.data["document_on"],
                form.data["scan"],
                form.data["person"],
                form.data["note"],
            )
            count = take_rungs(uow, clock(), current_actor(), command)
    if not form.is_valid or not keys:
        page = _take_page(form)
        return (page, 422) if isinstance(page, str) else page
    return redirect_with_notice(_back(keys), f"已办理 {count} 项。")


@pages.get(ONE)
@permission("oversight.escalation.view")
def show_escalation(year: int, escalation_id: UUID) -> str:
    """Show one rung, the ladder of its subject, and what is asked."""
    return _one(year, escalation_id, blank(SkipForm()))


@pages.post(f"{ONE}/skip")
@permission("oversight.escalation.skip")
def skip(year: int, escalation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Leave the rung out."""
    form = bind(SkipForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = SkipRung(RungKey(year, escalation_id), **form.data)
            skip_rung(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return _one(year, escalation_id, form), 422
    here = link("oversight.escalation", year=year, id=escalation_id)
    return redirect_with_notice(here, "已登记不予升级；后面各级到时仍会提示。")


@pages.get(f"{ONE}/scan")
@permission("oversight.escalation.view")
def show_scan(year: int, escalation_id: UUID) -> BaseResponse | str:
    """Show the stamped scan of a paper."""
    with database().read() as session:
        row = ladder_of(session, current_actor(), year, escalation_id).at.row
    if not row.scan_digest:
        raise NotFoundError
    here = link("oversight.escalation", year=year, id=escalation_id)
    crumbs = [Link("逾期升级", link("oversight.escalations")), Link(row.title, here)]
    return show_file(row.scan_digest, row.scan_name, crumbs=crumbs)


def _tab(counts: Mapping[str, int]) -> str:
    asked = request.args.get("tab", "")
    return asked if asked in TABS else "mine" if counts["mine"] else "waiting"


def _posted() -> tuple[LedgerKey, ...]:
    return keys_of(request.form.getlist("ids"))


def _back(keys: Sequence[LedgerKey]) -> str:
    if len(keys) == 1:
        return link("oversight.escalation", year=keys[0].fiscal_year, id=keys[0].finding_id)
    return link("oversight.escalations")


def _chosen(session: Session, actor: Actor) -> Chosen:
    keys = [(key.fiscal_year, key.finding_id) for key in _posted()]
    climbed = escalations_by_key(session, actor, keys)
    telling = Telling(clock().today(), load_calendar(session), office_names(session, actor))
    return Chosen(climbed, telling, reminder_of(climbed, telling))


def _take_page(form: Form) -> str | BaseResponse:
    actor = current_actor()
    with database().read() as session:
        chosen = _chosen(session, actor)
    if not chosen.climbed:
        message = "没有选中任何事项，请先在列表中勾选。"
        return redirect_with_notice(link("oversight.escalations"), message, "yellow")
    return render_template(
        "oversight/escalation_take.html",
        form=form,
        rows=[list_row(each, chosen.telling, actor) for each in chosen.climbed],
        **_asked(chosen),
    )


def _asked(chosen: Chosen) -> dict[str, Any]:
    """Return what the form asks for; by the first, the act says when they do not go together."""
    row = chosen.climbed[0].row
    return {
        "title": row.title,
        "demand": row.demand,
        "is_paper": row.is_paper,
        "is_call": row.way == RungWay.CALL,
        "text": chosen.text,
        "ids": [
            LedgerKey(each.row.fiscal_year, each.row.escalation_id).to_text()
            for each in chosen.climbed
        ],
    }


def _one(year: int, escalation_id: UUID, form: Form) -> str:
    actor = current_actor()
    with database().read() as session:
        found = ladder_of(session, actor, year, escalation_id)
        telling = Telling(clock().today(), load_calendar(session), office_names(session, actor))
    row = found.at.row
    is_asked = row.state == EscalationState.WAITING and answers_for(row.role or "", actor.roles)
    here = link("oversight.escalation", year=year, id=escalation_id)
    chosen = Chosen([found.at], telling, reminder_of([found.at], telling))
    return render_template(
        "oversight/escalation.html",
        row=row,
        unit=found.at.unit,
        here=here,
        badge=state_badge(row),
        facts=facts_of(found.at, telling),
        settled=settled_facts(row, here),
        ladder=ladder_rows(found.rungs),
        may_take=is_asked and is_allowed(actor, TAKE),
        letter_about=letter_about(row),
        may_skip=is_asked and is_allowed(actor, "oversight.escalation.skip"),
        form=blank(TakeForm(), {"document_on": telling.today}),
        skip_form=form,
        **_asked(chosen),
    )
