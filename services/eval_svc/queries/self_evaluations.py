"""Lists of self-evaluations: tabs with counts, filters, a page, everything for an export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from services.eval_svc.store.self_evaluations import SelfEvaluationRow as Form
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.duties import lists
from shared.duties.lists import DutyFilter, duty_conditions, equal_where_given, same_unit
from shared.web.paging import MOST, USUAL, Column, Page, every_item, fetch_page, sort_keys

Listed = Select[Form, UnitRow]
_KEYS: dict[str, Column] = {
    "due": Form.due_on,
    "unit": UnitRow.pinyin,
    "rate": func.coalesce(Form.execution_rate, literal(Decimal(-1))),
    "score": func.coalesce(Form.recheck_score, Form.total, literal(Decimal(-1))),
    "returned": Form.times_returned,
}


@dataclass(frozen=True, slots=True)
class FormFilter(DutyFilter):
    """What a list of self-evaluations is narrowed to; an empty value narrows nothing."""

    kind: str = ""
    grade: str = ""
    quality: str = ""


def form_rows(actor: Actor, wanted: FormFilter) -> Listed:
    """Return the self-evaluations of the actor's scope with their unit, narrowed as asked."""
    own = {Form.kind: wanted.kind, Form.grade: wanted.grade, Form.quality_mark: wanted.quality}
    return (
        select(Form, UnitRow)
        .join(UnitRow, same_unit(Form))
        .where(*duty_conditions(Form, actor, wanted, name=Form.name, code=Form.code))
        .where(*equal_where_given(own))
    )


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
    keys = sort_keys(sort, _KEYS, "due", last=Form.self_evaluation_id)
    return fetch_page(session, form_rows(actor, wanted), keys, cursor=cursor, limit=limit)


def every_form(session: Session, actor: Actor, wanted: FormFilter, sort: str) -> Iterator[Any]:
    """Yield the whole list page by page, for an export."""
    return every_item(
        lambda cursor: list_forms(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
    )


def count_tabs(session: Session, actor: Actor, wanted: FormFilter) -> dict[str, int]:
    """Return the count of every tab under the other filters, in one query."""
    return lists.count_tabs(session, Form, form_rows(actor, replace(wanted, tab="all")))
