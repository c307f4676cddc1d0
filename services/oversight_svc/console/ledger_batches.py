"""Remind, extend, assign: the ticked findings, who is left out and why, then the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.common import keys_of
from services.oversight_svc.console.urging import text_for
from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ledger import BatchKind, why_left_out
from services.oversight_svc.domain.recognition import OFFICE_ROLES
from services.oversight_svc.queries.ledger import Entry, entries_by_key
from services.oversight_svc.queries.ledger_cells import (
    Telling,
    due_of_finding,
    finding_href,
    key_of,
    office_names,
    state_badge,
)
from services.oversight_svc.store.drivers import drivers
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.start_ledger_batch import (
    StartLedgerBatch,
    start_ledger_batch,
)
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.policy.active import policy_for
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Choice, Due, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("ledger_batch_pages", __name__, template_folder="templates")

LONG = validate.Length(max=2000)
SHORT = validate.Length(max=200)


class RemindForm(ApiSchema):
    """What is noted about the reminder that was sent."""

    note = fields.String(load_default="", validate=LONG, metadata={"label": "备注"})


class ExtendForm(ApiSchema):
    """A new due date with its basis document."""

    due_on = fields.Date(required=True, metadata={"label": "新的期限"})
    document_number = fields.String(required=True, validate=SHORT, metadata={"label": "依据文号"})
    reason = fields.String(required=True, validate=LONG, metadata={"label": "延期原因"})


class AssignForm(ApiSchema):
    """Who is to drive the findings."""

    account_id = fields.UUID(required=True, metadata={"label": "督办人"})


FORMS: Mapping[BatchKind, type[ApiSchema]] = {
    BatchKind.REMIND: RemindForm,
    BatchKind.EXTEND: ExtendForm,
    BatchKind.ASSIGN: AssignForm,
}
START, PREVIEW = "start", "preview"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ticked findings in the actor's scope: those that take part, and the others with why."""

    taking_part: Sequence[Entry]
    left_out: Sequence[tuple[Entry, str]]


@pages.post("/ledger/remind")
@permission("oversight.finding.urge")
def remind() -> str | BaseResponse | tuple[str, int]:
    """Show the text to send about the ticked findings; note that it was sent."""
    return _batch(BatchKind.REMIND)


@pages.post("/ledger/extend")
@permission("oversight.finding.extend")
def extend() -> str | BaseResponse | tuple[str, int]:
    """Ask for the new date and its basis, show the working days, then extend."""
    return _batch(BatchKind.EXTEND)


@pages.post("/ledger/assign")
@permission("oversight.finding.assign")
def assign() -> str | BaseResponse | tuple[str, int]:
    """Ask who is to drive the ticked findings, then assign them."""
    return _batch(BatchKind.ASSIGN)


def _batch(kind: BatchKind) -> str | BaseResponse | tuple[str, int]:
    keys = keys_of(request.form.getlist("ids"))
    if not keys:
        message = "没有选中任何问题，请先在台账中勾选。"
        return redirect_with_notice(_ledger(), message, "yellow")
    step = request.form.get("act", "")
    form = bind(FORMS[kind](), request.form) if step in (START, PREVIEW) else blank(FORMS[kind]())
    actor = current_actor()
    with database().read() as session:
        entries = entries_by_key(session, actor, keys)
        most = _extensions_max(session, actor, entries) if kind is BatchKind.EXTEND else {}
    chosen = _sorted_out(kind, actor, entries, form.data.get("due_on"), most)
    if step == START and form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = StartLedgerBatch(
                kind,
                f"{label_of(kind)}{len(chosen.taking_part)}个问题",
                [key_of(entry.finding) for entry in chosen.taking_part],
                command=_command(form.data),
            )
            batch = start_ledger_batch(uow, clock(), actor, command)
            return redirect_with_notice(
                link("oversight.ledger_batch", id=batch.batch_id), "已开始办理，可以离开本页。"
            )
    page = _page(kind, form, chosen, is_previewed=step == PREVIEW and form.is_valid)
    return page if form.is_valid or not step else (page, 422)


def _sorted_out(
    kind: BatchKind,
    actor: Actor,
    entries: Sequence[Entry],
    new_due_on: date | None,
    most: Mapping[int, int],
) -> Chosen:
    taking_part, left_out = [], []
    for entry in entries:
        finding = entry.finding
        body = RaisingBody(finding.raised_by)
        why = why_left_out(
            kind,
            FindingState(finding.state),
            due_on=finding.due_on,
            new_due_on=new_due_on,
            extensions_left=_left(most, finding),
        )
        if OFFICE_ROLES[body].isdisjoint(actor.roles):
            why = f"由{label_of(body)}提出，须由{label_of(body)}办理。"
        if why:
            left_out.append((entry, why))
        else:
            taking_part.append(entry)
    return Chosen(taking_part, left_out)


def _left(most: Mapping[int, int], finding: FindingRow) -> int:
    """Return how often the finding's date may still move; once where nothing limits it."""
    return most[finding.fiscal_year] - finding.times_extended if most else 1


def _extensions_max(session: Session, actor: Actor, entries: Sequence[Entry]) -> dict[int, int]:
    """Return how often the rules let a finding's date move, by budget year."""
    years = {entry.finding.fiscal_year for entry in entries}
    return {
        year: policy_for(session, actor.scope.region, year).rectification.extensions_max
        for year in years
    }


def _command(data: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value.isoformat() if isinstance(value, date) else str(value)
        for key, value in data.items()
    }


def _page(kind: BatchKind, form: Form, chosen: Chosen, *, is_previewed: bool) -> str:
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        calendar = load_calendar(session)
        telling = Telling(today, calendar, office_names(session, actor))
        people = (
            drivers(session, actor.scope.region, _own_office_roles(actor), today)
            if kind is BatchKind.ASSIGN
            else {}
        )
    new_due_on = form.data.get("due_on") if is_previewed else None
    return render_template(
        "oversight/ledger_act.html",
        kind=kind.value,
        title=label_of(kind),
        form=form,
        rows=[_line(entry, telling, new_due_on) for entry in chosen.taking_part],
        left_out=[(_line(entry, telling, None), why) for entry, why in chosen.left_out],
        people=[Choice(str(account_id), name) for account_id, name in people.items()],
        text=text_for(chosen.taking_part, telling) if kind is BatchKind.REMIND else "",
        is_previewed=is_previewed,
        back=_ledger(),
        ids=[key_of(each.finding).to_text() for each in chosen.taking_part]
        + [key_of(each.finding).to_text() for each, _why in chosen.left_out],
    )


def _own_office_roles(actor: Actor) -> set[str]:
    return {
        role
        for roles in OFFICE_ROLES.values()
        if not roles.isdisjoint(actor.roles)
        for role in roles
    }


def _line(entry: Entry, telling: Telling, new_due_on: date | None) -> dict[str, Any]:
    finding = entry.finding
    moved = None
    if new_due_on is not None:
        left = telling.calendar.workdays_between(telling.today, new_due_on)
        moved = Due(new_due_on, left, finding.provisional, finding.due_on)
    return {
        "title": Link(f"{finding.number} {finding.title}", finding_href(finding)),
        "unit": entry.unit.name,
        "state": state_badge(finding),
        "due": moved or due_of_finding(finding, telling),
        "assigned": finding.assigned_name,
    }


def _ledger() -> str:
    return link("oversight.findings", query={"sort": "due"})
