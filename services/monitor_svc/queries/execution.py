"""Budget execution: projects with what treasury paid for them, payments, imported files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from services.monitor_svc.store.projects import PaymentBatchRow, PaymentRow, ProjectCopyRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.duties.lists import named_like
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, Statement, fetch_page

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """What execution is looked at: a year, payments up to a day, some projects."""

    fiscal_year: int
    until: date
    text: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class ProjectExecution:
    """A project, its unit and what was paid until the day asked for, in 元."""

    project: ProjectCopyRow
    unit: UnitRow
    executed: Decimal


@dataclass(frozen=True, slots=True)
class ExecutionTotal:
    """All projects in scope together; amounts in 元."""

    projects: int
    budget: Decimal
    executed: Decimal
    last_paid_on: date | None


def list_execution(
    session: Session,
    actor: Actor,
    wanted: ExecutionFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[ProjectExecution]:
    """Return a page of projects by code with their payments added up: two queries."""
    statement = _narrowed(
        select(ProjectCopyRow, UnitRow).join(UnitRow, _same_unit()), actor, wanted
    )
    keys = (Key(ProjectCopyRow.code), Key(ProjectCopyRow.project_id))
    page = fetch_page(session, statement, keys, cursor=cursor, limit=limit)
    ids = [project.project_id for project, _ in page.items]
    sums = (
        select(PaymentRow.project_id, func.sum(PaymentRow.amount))
        .where(*_paid(actor, wanted), PaymentRow.project_id.in_(ids))
        .group_by(PaymentRow.project_id)
    )
    executed = dict(session.execute(sums).all())
    rows = tuple(
        ProjectExecution(project, unit, executed.get(project.project_id, NOTHING))
        for project, unit in page.items
    )
    return Page(rows, page.next_cursor)


def total_execution(session: Session, actor: Actor, wanted: ExecutionFilter) -> ExecutionTotal:
    """Return the totals of the same projects: two queries."""
    projects = _narrowed(
        select(func.count(), func.coalesce(func.sum(ProjectCopyRow.adjusted_amount), NOTHING))
        .select_from(ProjectCopyRow)
        .join(UnitRow, _same_unit()),
        actor,
        wanted,
    )
    paid = _narrowed(
        select(func.coalesce(func.sum(PaymentRow.amount), NOTHING), func.max(PaymentRow.paid_on))
        .select_from(PaymentRow)
        .join(ProjectCopyRow, _same_project())
        .join(UnitRow, _same_unit())
        .where(*_paid(actor, wanted)),
        actor,
        wanted,
    )
    count, budget = session.execute(projects).one()
    executed, last = session.execute(paid).one()
    return ExecutionTotal(count, budget, executed, last)


def list_payments(
    session: Session,
    actor: Actor,
    wanted: ExecutionFilter,
    *,
    project_code: str = "",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return a page of (payment, project) rows, the latest day first."""
    statement = _narrowed(
        select(PaymentRow, ProjectCopyRow)
        .join(ProjectCopyRow, _same_project())
        .join(UnitRow, _same_unit())
        .where(*_paid(actor, wanted)),
        actor,
        wanted,
    )
    if project_code:
        statement = statement.where(ProjectCopyRow.code == project_code)
    keys = (
        Key(PaymentRow.paid_on, descending=True),
        Key(PaymentRow.voucher_number, descending=True),
    )
    return fetch_page(session, statement, keys, cursor=cursor, limit=limit)


def list_batches(
    session: Session,
    actor: Actor,
    fiscal_year: int,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[PaymentBatchRow]:
    """Return a page of imported files of the region, the newest first."""
    statement = select(PaymentBatchRow).where(
        PaymentBatchRow.region_code == actor.scope.region,
        PaymentBatchRow.fiscal_year == fiscal_year,
    )
    keys = (Key(PaymentBatchRow.batch_id, descending=True),)
    return fetch_page(session, statement, keys, cursor=cursor, limit=limit)


def find_batch(session: Session, actor: Actor, year: int, batch_id: UUID) -> PaymentBatchRow:
    """Return one imported file; raise `NotFoundError` when there is none in the region."""
    row = session.get(PaymentBatchRow, (actor.scope.region, year, batch_id))
    if row is None:
        raise NotFoundError
    return row


def _narrowed(statement: Statement, actor: Actor, wanted: ExecutionFilter) -> Statement:
    statement = statement.where(
        scope_filter(actor, UnitRow),
        ProjectCopyRow.region_code == actor.scope.region,
        ProjectCopyRow.fiscal_year == wanted.fiscal_year,
    )
    if wanted.text:
        found = named_like(wanted.text, name=ProjectCopyRow.name, code=ProjectCopyRow.code)
        statement = statement.where(found)
    if wanted.office:
        statement = statement.where(UnitRow.lead_office == wanted.office)
    return statement


def _paid(actor: Actor, wanted: ExecutionFilter) -> tuple[ColumnElement[bool], ...]:
    return (
        PaymentRow.region_code == actor.scope.region,
        PaymentRow.fiscal_year == wanted.fiscal_year,
        PaymentRow.paid_on <= wanted.until,
    )


def _same_unit() -> ColumnElement[bool]:
    return and_(
        UnitRow.region_code == ProjectCopyRow.region_code,
        UnitRow.unit_id == ProjectCopyRow.unit_id,
    )


def _same_project() -> ColumnElement[bool]:
    return and_(
        ProjectCopyRow.region_code == PaymentRow.region_code,
        ProjectCopyRow.fiscal_year == PaymentRow.fiscal_year,
        ProjectCopyRow.project_id == PaymentRow.project_id,
    )
