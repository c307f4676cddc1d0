"""Accountability cases for the actor's eyes: the list and one case with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.queries.ledger_filters import in_scope, same_unit
from services.oversight_svc.store.accountability import (
    CaseFindingRow,
    CaseMemberRow,
    CaseMinutesRow,
    CasePaperRow,
    CasePersonRow,
    CaseRow,
    CaseTaskRow,
    CaseUnitRow,
    of_case,
)
from services.oversight_svc.store.accountability_sight import sight_filter
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.trail.queries import TrailEntry, timeline
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; `text` is part of number, title or unit."""

    fiscal_year: int | None = None
    state: str = ""
    trigger: str = ""
    receiver: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with what belongs to it; `findings` are those in the viewer's scope."""

    case: CaseRow
    unit: UnitRow
    units: Sequence[UnitRow]
    people: Sequence[CasePersonRow]
    findings: Sequence[FindingRow]
    papers: Sequence[CasePaperRow]
    members: Sequence[CaseMemberRow]
    minutes: Sequence[CaseMinutesRow]
    tasks: Sequence[CaseTaskRow]
    trail: Sequence[TrailEntry]


def list_cases(
    session: Session,
    actor: Actor,
    wanted: CaseFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[tuple[CaseRow, UnitRow]]:
    """Return a page of (case, leading unit), the newest first."""
    query = (
        select(CaseRow, UnitRow)
        .join(UnitRow, _its_unit())
        .where(sight_filter(actor), scope_filter(actor, UnitRow))
    )
    if wanted.fiscal_year is not None:
        query = query.where(CaseRow.fiscal_year == wanted.fiscal_year)
    narrowing = {
        CaseRow.state: wanted.state,
        CaseRow.trigger: wanted.trigger,
        CaseRow.receiver: wanted.receiver,
    }
    for column, value in narrowing.items():
        if value:
            query = query.where(column == value)
    if wanted.text:
        query = query.where(
            or_(
                CaseRow.number.contains(wanted.text, autoescape=True),
                CaseRow.title.contains(wanted.text, autoescape=True),
                UnitRow.name.contains(wanted.text, autoescape=True),
            )
        )
    keys = [Key(CaseRow.case_id, descending=True)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def find_visible_case(
    session: Session, actor: Actor, year: int, case_id: UUID
) -> tuple[CaseRow, UnitRow]:
    """Return a case for the actor's eyes with its leading unit; raise `NotFoundError`."""
    query = (
        select(CaseRow, UnitRow)
        .join(UnitRow, _its_unit())
        .where(
            sight_filter(actor),
            scope_filter(actor, UnitRow),
            CaseRow.fiscal_year == year,
            CaseRow.case_id == case_id,
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1]


def case_detail(session: Session, actor: Actor, year: int, case_id: UUID) -> CaseDetail:
    """Return the page's content; raise `NotFoundError` for a case not for the actor's eyes."""
    case, unit = find_visible_case(session, actor, year, case_id)
    return CaseDetail(
        case=case,
        unit=unit,
        units=_units(session, case),
        people=of_case(session, CasePersonRow, case, CasePersonRow.position),
        findings=_findings(session, actor, case),
        papers=of_case(session, CasePaperRow, case, CasePaperRow.paper_id),
        members=of_case(session, CaseMemberRow, case, CaseMemberRow.joined_on),
        minutes=of_case(session, CaseMinutesRow, case, CaseMinutesRow.minutes_id),
        tasks=of_case(session, CaseTaskRow, case, CaseTaskRow.due_on),
        trail=timeline(session, case.case_id),
    )


def find_case_task(
    session: Session, actor: Actor, year: int, case_task_id: UUID
) -> tuple[CaseRow, UnitRow, CaseTaskRow]:
    """Return a task of a case for the actor's eyes; raise `NotFoundError`."""
    task = session.get(CaseTaskRow, (actor.scope.region, year, case_task_id))
    if task is None:
        raise NotFoundError
    case, unit = find_visible_case(session, actor, year, task.case_id)
    return case, unit, task


def case_files(detail: CaseDetail) -> Mapping[str, str]:
    """Return digest → name of every file of the case."""
    files = {each["digest"]: each["name"] for each in detail.case.evidence}
    files |= {row.scan_digest: row.scan_name for row in detail.papers}
    files |= {row.scan_digest: row.scan_name for row in detail.minutes}
    return {digest: name for digest, name in files.items() if digest}


def cases_about(session: Session, actor: Actor, unit_id: UUID) -> Sequence[CaseRow]:
    """Return the cases about a unit that are for the actor's eyes, the newest first."""
    query = (
        select(CaseRow)
        .join(UnitRow, _its_unit())
        .join(
            CaseUnitRow,
            and_(
                CaseUnitRow.region_code == CaseRow.region_code,
                CaseUnitRow.fiscal_year == CaseRow.fiscal_year,
                CaseUnitRow.case_id == CaseRow.case_id,
            ),
        )
        .where(sight_filter(actor), scope_filter(actor, UnitRow), CaseUnitRow.unit_id == unit_id)
        .order_by(CaseRow.case_id.desc())
        .limit(USUAL)
    )
    return session.scalars(query).all()


def _units(session: Session, case: CaseRow) -> Sequence[UnitRow]:
    query = (
        select(UnitRow)
        .join(
            CaseUnitRow,
            and_(
                CaseUnitRow.region_code == UnitRow.region_code,
                CaseUnitRow.unit_id == UnitRow.unit_id,
            ),
        )
        .where(
            CaseUnitRow.region_code == case.region_code,
            CaseUnitRow.fiscal_year == case.fiscal_year,
            CaseUnitRow.case_id == case.case_id,
        )
        .order_by(UnitRow.code)
    )
    return session.scalars(query).all()


def _findings(session: Session, actor: Actor, case: CaseRow) -> Sequence[FindingRow]:
    query = (
        select(FindingRow)
        .join(UnitRow, same_unit())
        .join(
            CaseFindingRow,
            and_(
                CaseFindingRow.region_code == FindingRow.region_code,
                CaseFindingRow.finding_year == FindingRow.fiscal_year,
                CaseFindingRow.finding_id == FindingRow.finding_id,
            ),
        )
        .where(
            in_scope(actor),
            CaseFindingRow.fiscal_year == case.fiscal_year,
            CaseFindingRow.case_id == case.case_id,
        )
        .order_by(FindingRow.number)
    )
    return session.scalars(query).all()


def _its_unit() -> ColumnElement[bool]:
    return and_(UnitRow.region_code == CaseRow.region_code, UnitRow.unit_id == CaseRow.unit_id)
