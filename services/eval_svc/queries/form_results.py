"""The results of a batch of the form check: a page, one form, everything for Excel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.eval_svc.queries.self_evaluations import FormFilter, form_rows
from services.eval_svc.store.form_batches import FormBatchRow, FormResultRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.access.actor import Actor
from shared.web.paging import MOST, USUAL, Page, every_item, fetch_page, sort_keys

Result = FormResultRow
MOST_POSITION = 32_767
"""Far above the files of a batch and the forms of a file."""


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What the results are narrowed to; an empty value narrows nothing."""

    verdict: str = ""
    severity: str = ""
    code: str = ""
    unit: str = ""


def list_results(
    session: Session,
    batch: FormBatchRow,
    wanted: ResultFilter,
    *,
    sort: str = "file",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return one page of results; `sort` is a key, descending with a minus."""
    keys = sort_keys(
        sort,
        {"file": Result.position, "errors": Result.errors, "warnings": Result.warnings},
        "file",
        last=Result.position * 100_000 + Result.number,
    )
    return fetch_page(session, _narrowed(batch, wanted), keys, cursor=cursor, limit=limit)


def every_result(
    session: Session, batch: FormBatchRow, wanted: ResultFilter
) -> Iterator[FormResultRow]:
    """Yield all results page by page, for Excel."""
    return every_item(
        lambda cursor: list_results(session, batch, wanted, cursor=cursor, limit=MOST)
    )


def find_result(
    session: Session, batch: FormBatchRow, position: int, number: int
) -> FormResultRow | None:
    """Return one form's result; `None` also for numbers no batch reaches."""
    if position > MOST_POSITION or number > MOST_POSITION:
        return None
    key = (batch.region_code, batch.fiscal_year, batch.batch_id, position, number)
    return session.get(Result, key)


def forms_of_year(session: Session, actor: Actor, year: int) -> Sequence[UUID]:
    """Return the ids of the year's self-evaluations in the actor's scope that were handed in."""
    query = (
        form_rows(actor, FormFilter(year))
        .with_only_columns(SelfEvaluationRow.self_evaluation_id)
        .where(SelfEvaluationRow.total.is_not(None), SelfEvaluationRow.submitted_at.is_not(None))
        .order_by(SelfEvaluationRow.self_evaluation_id)
    )
    return session.scalars(query).all()


def _narrowed(batch: FormBatchRow, wanted: ResultFilter) -> Select[Any]:
    query = select(Result).where(
        Result.region_code == batch.region_code,
        Result.fiscal_year == batch.fiscal_year,
        Result.batch_id == batch.batch_id,
    )
    if wanted.verdict:
        query = query.where(Result.verdict == wanted.verdict)
    if wanted.severity:
        query = query.where(Result.worst == wanted.severity)
    if wanted.code:
        query = query.where(Result.codes.contains([wanted.code]))
    if wanted.unit:
        query = query.where(Result.unit_name.contains(wanted.unit, autoescape=True))
    return query
