"""Rectification notices: the list, one of them, and the findings still waiting for a notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.notices import NoticeState
from services.oversight_svc.domain.recognition import OFFICE_ROLES
from services.oversight_svc.queries.ledger_filters import same_unit
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import NoticeRow, findings_of_notice
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, fetch_page

MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices; a unit's people never see drafts."""

    fiscal_year: int | None = None
    state: str = ""
    unit_id: UUID | None = None
    with_drafts: bool = False
    unsigned_on: date | None = None


@dataclass(frozen=True, slots=True)
class NoticeDetail:
    """A notice with the unit it goes to and the findings it lists."""

    notice: NoticeRow
    unit: UnitRow
    findings: Sequence[FindingRow]


def list_notices(
    session: Session,
    actor: Actor,
    wanted: NoticeFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[tuple[NoticeRow, UnitRow]]:
    """Return a page of (notice, unit), the newest first; `unsigned_on`: receipt overdue then."""
    query = (
        select(NoticeRow, UnitRow)
        .join(UnitRow, _its_unit())
        .where(scope_filter(actor, UnitRow), NoticeRow.region_code == actor.scope.region)
    )
    if wanted.fiscal_year is not None:
        query = query.where(NoticeRow.fiscal_year == wanted.fiscal_year)
    if wanted.state:
        query = query.where(NoticeRow.state == wanted.state)
    if wanted.unit_id is not None:
        query = query.where(NoticeRow.unit_id == wanted.unit_id)
    if not wanted.with_drafts:
        query = query.where(NoticeRow.state.in_([NoticeState.ISSUED, NoticeState.SIGNED]))
    if wanted.unsigned_on is not None:
        query = query.where(
            NoticeRow.state == NoticeState.ISSUED, NoticeRow.receipt_due_on < wanted.unsigned_on
        )
    return fetch_page(
        session, query, [Key(NoticeRow.notice_id, descending=True)], cursor=cursor, limit=limit
    )


def notice_detail(
    session: Session, actor: Actor, year: int, notice_id: UUID, *, with_drafts: bool
) -> NoticeDetail:
    """Return one notice; raise `NotFoundError` outside the scope, or for a draft not to be seen."""
    query = (
        select(NoticeRow, UnitRow)
        .join(UnitRow, _its_unit())
        .where(
            scope_filter(actor, UnitRow),
            NoticeRow.region_code == actor.scope.region,
            NoticeRow.fiscal_year == year,
            NoticeRow.notice_id == notice_id,
        )
    )
    found = session.execute(query).one_or_none()
    shown = (NoticeState.ISSUED, NoticeState.SIGNED)
    if found is None or not (with_drafts or NoticeState(found[0].state) in shown):
        raise NotFoundError
    return NoticeDetail(found[0], found[1], findings_of_notice(session, found[0]))


def waiting_for_notice(
    session: Session, actor: Actor, fiscal_year: int, unit_id: UUID | None = None
) -> Sequence[tuple[FindingRow, UnitRow]]:
    """Return the registered findings of the actor's own body that are in no notice yet."""
    bodies = [body for body, roles in OFFICE_ROLES.items() if not roles.isdisjoint(actor.roles)]
    query = (
        select(FindingRow, UnitRow)
        .join(UnitRow, same_unit())
        .where(
            scope_filter(actor, UnitRow),
            FindingRow.region_code == actor.scope.region,
            FindingRow.fiscal_year == fiscal_year,
            FindingRow.state == FindingState.REGISTERED.value,
            FindingRow.notice_id.is_(None),
            FindingRow.raised_by.in_([body.value for body in bodies]),
        )
        .order_by(UnitRow.code, FindingRow.number)
        .limit(MOST_WAITING)
    )
    if unit_id is not None:
        query = query.where(FindingRow.unit_id == unit_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def _its_unit() -> ColumnElement[bool]:
    return and_(UnitRow.region_code == NoticeRow.region_code, UnitRow.unit_id == NoticeRow.unit_id)
