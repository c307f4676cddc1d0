"""Lists of self-evaluations: tabs with counts, filters, a page, everything for an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session

from services.eval_svc.domain.states import SUBMITTED_STATES, SelfEvaluationState
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.web.paging import MOST, USUAL, Key, Page, fetch_page

Listed = Select[SelfEvaluationRow, UnitRow]
Form = SelfEvaluationRow
_S = SelfEvaluationState
MOST_EXPORTED = 50_000
_UNFILLED = (_S.OPEN.value, _S.DRAFT.value)
_REVIEWING = (_S.DEPT_REVIEW.value, _S.FIN_OFFICE_REVIEW.value, _S.AWAITING_RELAY.value)
_DONE = (_S.ACCEPTED.value, _S.CONFIRMED.value, _S.SCORE_CORRECTED.value, _S.PUBLISHED.value)
_SUBMITTED = tuple(sorted(state.value for state in SUBMITTED_STATES))

was_returned = and_(Form.state == _S.DRAFT.value, Form.return_reason != "")
is_submitted = Form.state.in_(_SUBMITTED)
paper_arrived = and_(is_submitted, Form.paper_print_code == Form.print_code)
paper_missing = and_(Form.paper_required, ~paper_arrived)
result_score = func.coalesce(Form.recheck_score, Form.total)

TABS: Mapping[str, ColumnElement[bool]] = {
    "todo": and_(Form.state.in_(_UNFILLED), ~was_returned),
    "returned": was_returned,
    "review": Form.state.in_(_REVIEWING),
    "done": Form.state.in_(_DONE),
    "all": true(),
}
_KEYS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "due": (Form.due_on.expression,),
    "unit": (UnitRow.pinyin.expression,),
    "rate": (func.coalesce(Form.execution_rate, literal(Decimal(-1))),),
    "score": (func.coalesce(result_score, literal(Decimal(-1))),),
    "returned": (Form.times_returned.expression,),
}


@dataclass(frozen=True, slots=True)
class FormFilter:
    """What a list of self-evaluations is narrowed to; an empty value narrows nothing."""

    fiscal_year: int
    tab: str = "all"
    text: str = ""
    kind: str = ""
    state: str = ""
    grade: str = ""
    quality: str = ""
    office: str = ""
    unit_code: str = ""
    overdue_on: date | None = None
    """Only forms not handed in that were due before this day."""
    paper_missing: bool = False


def form_rows(actor: Actor, wanted: FormFilter) -> Listed:
    """Return the self-evaluations of the actor's scope with their unit, narrowed as asked."""
    return select(Form, UnitRow).join(UnitRow, same_unit()).where(*_conditions(actor, wanted))


def list_forms(
    session: Session,
    actor: Actor,
    wanted: FormFilter,
    *,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return one page of (form, unit) rows; `sort` is a key, descending with a minus."""
    return fetch_page(session, form_rows(actor, wanted), _keys(sort), cursor=cursor, limit=limit)


def every_form(session: Session, actor: Actor, wanted: FormFilter, sort: str) -> Iterator[Any]:
    """Yield the whole list page by page, at most `MOST_EXPORTED` rows."""
    cursor: str | None = None
    for _ in range(MOST_EXPORTED // MOST):
        page = list_forms(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def count_tabs(session: Session, actor: Actor, wanted: FormFilter) -> dict[str, int]:
    """Return the count of every tab under the other filters, in one query."""
    query = (
        select(*(func.count(case((test, literal(1)))).label(tab) for tab, test in TABS.items()))
        .select_from(Form)
        .join(UnitRow, same_unit())
        .where(*_conditions(actor, replace(wanted, tab="all")))
    )
    return dict(session.execute(query).one()._asdict())


def offices_in_scope(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """Return (code, name) of the offices in charge of units in the actor's scope."""
    query = (
        select(UnitRow.lead_office, UnitRow.lead_office_name)
        .where(scope_filter(actor, UnitRow), UnitRow.lead_office.is_not(None))
        .distinct()
        .order_by(UnitRow.lead_office_name)
    )
    return [(code, name or code) for code, name in session.execute(query) if code]


def same_unit() -> ColumnElement[bool]:
    """Return the condition that joins a form to its unit."""
    return and_(UnitRow.region_code == Form.region_code, UnitRow.unit_id == Form.unit_id)


def _conditions(actor: Actor, wanted: FormFilter) -> list[ColumnElement[bool]]:
    found = [
        scope_filter(actor, UnitRow),
        Form.region_code == actor.scope.region,
        Form.fiscal_year == wanted.fiscal_year,
        TABS[wanted.tab],
    ]
    if wanted.text:
        named = Form.name.contains(wanted.text, autoescape=True)
        coded = Form.code.startswith(wanted.text, autoescape=True)
        found.append(or_(named, coded, bigram_match(UnitRow.search, wanted.text)))
    exact = {
        Form.kind: wanted.kind,
        Form.state: wanted.state,
        Form.grade: wanted.grade,
        Form.quality_mark: wanted.quality,
        UnitRow.lead_office: wanted.office,
        UnitRow.code: wanted.unit_code,
    }
    found += [column == value for column, value in exact.items() if value]
    if wanted.overdue_on is not None:
        found += [~is_submitted, Form.due_on < wanted.overdue_on]
    if wanted.paper_missing:
        found.append(paper_missing)
    return found


def _keys(sort: str) -> list[Key]:
    descending = sort.startswith("-")
    columns = (
        *_KEYS.get(sort.removeprefix("-"), _KEYS["due"]),
        Form.self_evaluation_id.expression,
    )
    return [Key(column, descending) for column in columns]
