"""Targets for lists, tabs, batches and exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from services.target_svc.domain.doubts import Doubt, ReviewedTarget, find_doubts
from services.target_svc.domain.indicators import Indicator
from services.target_svc.domain.states import (
    PASSED_STATES,
    TRANSITIONS,
    TargetAct,
    TargetState,
)
from services.target_svc.queries.scoping import Statement, target_of_project, with_unit
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetIndicatorRow, TargetRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.policy.model import TargetPolicy
from shared.web.paging import USUAL, Key, Page, fetch_page

TABS = ("todo", "returned", "review", "passed", "all")
REVIEW_STATES = (
    TargetState.DEPT_REVIEW,
    TargetState.FIN_OFFICE_REVIEW,
    TargetState.FIN_PERF_REVIEW,
    TargetState.JOINT_REVIEW,
)
_NOT_WAITED_FOR = frozenset({TargetAct.WITHDRAW, TargetAct.REOPEN})


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """What to list of one budget year; empty values do not narrow."""

    fiscal_year: int
    tab: str = "all"
    state: str = ""
    unit_id: UUID | None = None
    office: str = ""
    text: str = ""
    is_late: bool | None = None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target with its project and unit."""

    target: TargetRow
    project: ProjectRow
    unit: UnitRow


_SORTS = {
    "code": (ProjectRow.code,),
    "name": (ProjectRow.pinyin, ProjectRow.code),
    "initial": (ProjectRow.initial_amount, ProjectRow.code),
}


def list_targets(
    session: Session,
    actor: Actor,
    wanted: TargetFilter,
    *,
    sort: str = "code",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[TargetLine]:
    """Return a page of the targets in scope; `sort` is code, name or initial.

    Raises `BadCursorError` for a page mark of another list.
    """
    statement = _narrowed(_lines(actor), actor, wanted).where(tab_condition(actor, wanted.tab))
    columns = _SORTS[sort.removeprefix("-")]
    keys = [Key(column, descending=sort.startswith("-")) for column in columns]
    page = fetch_page(session, statement, keys, cursor=cursor, limit=limit)
    return Page(tuple(TargetLine(*row) for row in page.items), page.next_cursor)


def count_tabs(session: Session, actor: Actor, wanted: TargetFilter) -> dict[str, int]:
    """Return how many targets each tab holds under the same filters, in one query."""
    columns = [func.count().filter(tab_condition(actor, tab)).label(tab) for tab in TABS]
    query: Statement = select(*columns).where(
        TargetRow.region_code == actor.scope.region, TargetRow.fiscal_year == wanted.fiscal_year
    )
    if wanted.text:
        query = query.join(ProjectRow, target_of_project()).where(
            bigram_match(ProjectRow.search, wanted.text)
        )
    if wanted.office or not actor.scope.whole_region:
        on = (UnitRow.region_code == TargetRow.region_code) & (UnitRow.unit_id == TargetRow.unit_id)
        query = query.join(UnitRow, on).where(scope_filter(actor, UnitRow))
    row = session.execute(_by_target(query, wanted)).one()
    return dict(zip(TABS, row, strict=True))


def targets_by_id(
    session: Session, actor: Actor, fiscal_year: int, ids: Sequence[UUID]
) -> list[TargetLine]:
    """Return the targets of `ids` that lie in scope, by project code."""
    statement = _lines(actor).where(
        TargetRow.region_code == actor.scope.region,
        TargetRow.fiscal_year == fiscal_year,
        TargetRow.target_id.in_(ids),
    )
    return [TargetLine(*row) for row in session.execute(statement.order_by(ProjectRow.code))]


def tab_condition(actor: Actor, tab: str) -> ColumnElement[bool]:
    """Return what a tab shows; 待办 is what this actor's roles are waited for."""
    state = TargetRow.state
    match tab:
        case "todo":
            return state.in_(states_waiting_for(actor))
        case "returned":
            sent_back = and_(state == TargetState.DRAFT, TargetRow.times_returned > 0)
            return or_(sent_back, state == TargetState.AWAITING_RELAY)
        case "review":
            return state.in_(REVIEW_STATES)
        case "passed":
            return state.in_(sorted(PASSED_STATES))
    return true()


def states_waiting_for(actor: Actor) -> list[str]:
    """Return the states whose next act is this actor's."""
    return sorted(
        {
            edge.source.value
            for edge in TRANSITIONS
            if edge.act not in _NOT_WAITED_FOR and is_allowed(actor, edge.permission)
        }
    )


def doubts_of(
    session: Session, policy: TargetPolicy, lines: Sequence[TargetLine]
) -> dict[UUID, list[Doubt]]:
    """Return the automatic doubts of each target; three queries for a page of any length."""
    if not lines:
        return {}
    before = _last_year(session, lines)
    ids = [line.target.target_id for line in lines]
    ids += [target_id for _amount, target_id in before.values() if target_id]
    rows = _indicators(session, lines[0].target, ids)
    doubts = {}
    for line in lines:
        target = line.target
        amount, previous_id = before.get((target.unit_id, line.project.name), (None, None))
        doubts[target.target_id] = find_doubts(
            policy,
            ReviewedTarget(
                amount=line.project.initial_amount,
                previous_amount=amount,
                indicators=rows.get(target.target_id, []),
                previous_indicators=rows.get(previous_id, []) if previous_id else [],
                annual_goal=target.annual_goal,
                has_money_note=bool(target.money_note.strip()),
            ),
        )
    return doubts


def _last_year(
    session: Session, lines: Sequence[TargetLine]
) -> Mapping[tuple[UUID, str], tuple[Decimal, UUID | None]]:
    first = lines[0].target
    wanted = [(line.target.unit_id, line.project.name) for line in lines]
    query = (
        select(ProjectRow.unit_id, ProjectRow.name, ProjectRow.initial_amount, TargetRow.target_id)
        .outerjoin(TargetRow, target_of_project())
        .where(
            ProjectRow.region_code == first.region_code,
            ProjectRow.fiscal_year == first.fiscal_year - 1,
            tuple_(ProjectRow.unit_id, ProjectRow.name).in_(wanted),
        )
    )
    return {
        (unit_id, name): (amount, target_id)
        for unit_id, name, amount, target_id in session.execute(query)
    }


def _indicators(
    session: Session, target: TargetRow, ids: Sequence[UUID]
) -> Mapping[UUID, list[Indicator]]:
    query = (
        select(TargetIndicatorRow)
        .where(
            TargetIndicatorRow.region_code == target.region_code,
            TargetIndicatorRow.fiscal_year.in_([target.fiscal_year, target.fiscal_year - 1]),
            TargetIndicatorRow.target_id.in_(ids),
        )
        .order_by(TargetIndicatorRow.position)
    )
    found: dict[UUID, list[Indicator]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.target_id].append(row.to_domain())
    return found


def _lines(actor: Actor) -> Statement:
    joined = select(TargetRow, ProjectRow, UnitRow).join(ProjectRow, target_of_project())
    return with_unit(joined, actor)


def _narrowed(statement: Statement, actor: Actor, wanted: TargetFilter) -> Statement:
    # The project's columns are narrowed too: the list is read in the order of its index.
    statement = statement.where(
        ProjectRow.region_code == actor.scope.region,
        ProjectRow.fiscal_year == wanted.fiscal_year,
    )
    if wanted.text:
        statement = statement.where(bigram_match(ProjectRow.search, wanted.text))
    return _by_target(statement, wanted)


def _by_target(statement: Statement, wanted: TargetFilter) -> Statement:
    if wanted.state:
        statement = statement.where(TargetRow.state == wanted.state)
    if wanted.unit_id:
        statement = statement.where(TargetRow.unit_id == wanted.unit_id)
    if wanted.office:
        statement = statement.where(UnitRow.lead_office == wanted.office)
    if wanted.is_late is not None:
        statement = statement.where(TargetRow.is_late.is_(wanted.is_late))
    return statement
