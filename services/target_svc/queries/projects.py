"""Projects for pages, exports and the API: lists, totals by budget book, one project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from services.target_svc.domain.gate import GateAnswer, GateQuestion, decide_gate
from services.target_svc.domain.states import TargetState
from services.target_svc.queries.scoping import Statement, target_of_project, with_unit
from services.target_svc.store.projects import ProjectMoneyRow, ProjectRow, ProjectTotalRow
from services.target_svc.store.targets import TargetRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.bigrams import bigram_match
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.policy.model import GatePolicy
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What to list of one budget year; empty values do not narrow."""

    fiscal_year: int
    text: str = ""
    unit_id: UUID | None = None
    office: str = ""
    book: str = ""
    flag: str = ""
    has_target: bool | None = None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project with its unit and, when there is one, its target."""

    project: ProjectRow
    unit: UnitRow
    target: TargetRow | None

    def gate(self, policy: GatePolicy, requested: Decimal | None = None) -> GateAnswer:
        """Return what the budget gate would say now; nothing is logged as a question."""
        target = self.target
        return decide_gate(
            policy,
            GateQuestion(
                state=TargetState(target.state) if target else None,
                requested=self.project.initial_amount if requested is None else requested,
                cut_amount=target.cut_amount if target else Decimal("0.00"),
                is_new=self.project.nature == "new",
                flags=frozenset(self.project.flags),
                ex_ante_conclusion=self.project.ex_ante_conclusion,
            ),
        )


@dataclass(frozen=True, slots=True)
class BookTotal:
    """Projects with money in one budget book, and that money in 元."""

    book: str
    count: int
    initial: Decimal
    adjusted: Decimal


_SORTS = {
    "code": (ProjectRow.code,),
    "name": (ProjectRow.pinyin, ProjectRow.code),
    "initial": (ProjectRow.initial_amount, ProjectRow.code),
}


def list_projects(
    session: Session,
    actor: Actor,
    wanted: ProjectFilter,
    *,
    sort: str = "code",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[ProjectLine]:
    """Return a page of the projects in scope; `sort` is code, name or initial, `-` for descending.

    Raises `BadCursorError` for a page mark of another list.
    """
    statement = narrowed(with_unit(lines(), actor), actor, wanted)
    columns = _SORTS[sort.removeprefix("-")]
    keys = [Key(column, descending=sort.startswith("-")) for column in columns]
    page = fetch_page(session, statement, keys, cursor=cursor, limit=limit)
    return Page(tuple(ProjectLine(*row) for row in page.items), page.next_cursor)


def find_project_line(
    session: Session, actor: Actor, fiscal_year: int, project_id: UUID
) -> ProjectLine:
    """Return one project in scope; raise `NotFoundError` otherwise."""
    statement = with_unit(lines(), actor).where(
        ProjectRow.region_code == actor.scope.region,
        ProjectRow.fiscal_year == fiscal_year,
        ProjectRow.project_id == project_id,
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError
    return ProjectLine(*row)


def totals_by_book(session: Session, actor: Actor, fiscal_year: int) -> list[BookTotal]:
    """Return the year's totals by budget book, as far as the actor sees."""
    total = ProjectTotalRow
    query = (
        select(
            total.budget_book,
            func.sum(total.projects),
            func.sum(total.initial_amount),
            func.sum(total.adjusted_amount),
        )
        .join(
            UnitRow,
            (UnitRow.region_code == total.region_code) & (UnitRow.unit_id == total.unit_id),
        )
        .where(
            scope_filter(actor, UnitRow),
            total.region_code == actor.scope.region,
            total.fiscal_year == fiscal_year,
        )
        .group_by(total.budget_book)
    )
    return [BookTotal(*row) for row in session.execute(query)]


def money_of(session: Session, project: ProjectRow) -> Sequence[ProjectMoneyRow]:
    """Return a project's money by budget book and source."""
    query = (
        select(ProjectMoneyRow)
        .where(
            ProjectMoneyRow.region_code == project.region_code,
            ProjectMoneyRow.fiscal_year == project.fiscal_year,
            ProjectMoneyRow.project_id == project.project_id,
        )
        .order_by(ProjectMoneyRow.budget_book, ProjectMoneyRow.source)
    )
    return session.scalars(query).all()


def last_year_of(
    session: Session, project: ProjectRow
) -> tuple[ProjectRow, TargetRow | None] | None:
    """Return last year's project of the same unit and name with its target, if there was one."""
    query = (
        select(ProjectRow, TargetRow)
        .outerjoin(TargetRow, target_of_project())
        .where(
            ProjectRow.region_code == project.region_code,
            ProjectRow.fiscal_year == project.fiscal_year - 1,
            ProjectRow.unit_id == project.unit_id,
            ProjectRow.name == project.name,
        )
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def lines() -> Statement:
    """Return the statement whose rows make a `ProjectLine`; not narrowed to any scope yet."""
    return select(ProjectRow, UnitRow, TargetRow).outerjoin(TargetRow, target_of_project())


def narrowed(statement: Statement, actor: Actor, wanted: ProjectFilter) -> Statement:
    """Narrow a statement that joins projects, units and targets to what is wanted."""
    statement = statement.where(
        ProjectRow.region_code == actor.scope.region, ProjectRow.fiscal_year == wanted.fiscal_year
    )
    if wanted.text:
        statement = statement.where(bigram_match(ProjectRow.search, wanted.text))
    if wanted.unit_id:
        statement = statement.where(ProjectRow.unit_id == wanted.unit_id)
    if wanted.office:
        statement = statement.where(UnitRow.lead_office == wanted.office)
    if wanted.book:
        statement = statement.where(_has_money_in(wanted.book))
    if wanted.flag:
        statement = statement.where(ProjectRow.flags.contains([wanted.flag]))
    if wanted.has_target is not None:
        # Asked of an alias: «the joined target is null» would make the planner read every target.
        other = aliased(TargetRow)
        has_one = exists().where(
            other.region_code == ProjectRow.region_code,
            other.fiscal_year == ProjectRow.fiscal_year,
            other.project_id == ProjectRow.project_id,
        )
        statement = statement.where(has_one if wanted.has_target else ~has_one)
    return statement


def _has_money_in(book: str) -> ColumnElement[bool]:
    money = aliased(ProjectMoneyRow)
    return exists().where(
        money.region_code == ProjectRow.region_code,
        money.fiscal_year == ProjectRow.fiscal_year,
        money.project_id == ProjectRow.project_id,
        money.budget_book == book,
    )
