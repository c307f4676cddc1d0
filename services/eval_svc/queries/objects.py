"""Reads of the register of evaluation objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.eval_svc.store.objects import EvaluationObjectRow, ProjectCopyRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class ObjectSearch:
    """What to look for in a budget year: `text` in project code or name, the rest exactly.

    `unit` is part of a unit's name, code or pinyin; light `none` finds what was not monitored.
    """

    fiscal_year: int
    text: str = ""
    unit: str = ""
    book: str = ""
    light: str = ""


def list_objects(
    session: Session,
    actor: Actor,
    wanted: ObjectSearch,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return a page of the objects in scope, by project code; rows are (object, unit)."""
    row = EvaluationObjectRow
    query = (
        select(row, UnitRow)
        .join(UnitRow, _same_unit())
        .where(scope_filter(actor, UnitRow), row.fiscal_year == wanted.fiscal_year)
    )
    if wanted.text:
        query = query.where(
            or_(
                row.project_code.startswith(wanted.text, autoescape=True),
                row.project_name.contains(wanted.text, autoescape=True),
            )
        )
    if wanted.unit:
        query = query.where(bigram_match(UnitRow.search, wanted.unit))
    if wanted.book:
        query = query.where(row.budget_book == wanted.book)
    if wanted.light:
        query = query.where(_light(wanted.light))
    keys = (Key(row.project_code), Key(row.object_id))
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def get_object(
    session: Session, actor: Actor, fiscal_year: int, object_id: UUID
) -> tuple[EvaluationObjectRow, UnitRow, ProjectCopyRow | None]:
    """Return an object with its unit and this service's copy of the project.

    Raises `NotFoundError` for what is not there or out of scope.
    """
    row = EvaluationObjectRow
    found = session.execute(
        select(row, UnitRow, ProjectCopyRow)
        .join(UnitRow, _same_unit())
        .outerjoin(
            ProjectCopyRow,
            and_(
                ProjectCopyRow.region_code == row.region_code,
                ProjectCopyRow.fiscal_year == row.fiscal_year,
                ProjectCopyRow.project_id == row.project_id,
            ),
        )
        .where(
            scope_filter(actor, UnitRow),
            row.fiscal_year == fiscal_year,
            row.object_id == object_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1], found[2]


def _same_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == EvaluationObjectRow.region_code,
        UnitRow.unit_id == EvaluationObjectRow.unit_id,
    )


def _light(light: str) -> ColumnElement[bool]:
    column = EvaluationObjectRow.monitoring_light
    return or_(column.is_(None), column == "none") if light == "none" else column == light
