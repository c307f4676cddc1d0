"""Projects and their money, one row per budget book and source."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from services.target_svc.store.base import Base
from shared.db.base import RegionCode


class ProjectRow(Base):
    """A project of one budget year. Amounts in 元: the sums of its money rows."""

    __tablename__ = "project"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    code: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    pinyin: Mapped[str]
    unit_id: Mapped[UUID]
    budget_book: Mapped[str] = mapped_column(String(20))
    nature: Mapped[str] = mapped_column(String(12))
    project_class: Mapped[str] = mapped_column(String(20))
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    function_code: Mapped[str] = mapped_column(String(10))
    owner_name: Mapped[str]
    owner_phone: Mapped[str]
    summary: Mapped[str]
    flags: Mapped[list[str]]
    initial_amount: Mapped[Decimal]
    adjusted_amount: Mapped[Decimal]
    ex_ante_conclusion: Mapped[str | None] = mapped_column(String(12))
    ex_ante_document: Mapped[str]
    state: Mapped[str] = mapped_column(String(12))
    imported_at: Mapped[datetime]
    search: Mapped[str] = deferred(mapped_column(TSVECTOR))

    __table_args__ = (
        Index("uq_project_code", "region_code", "fiscal_year", "code", unique=True),
        Index("ix_project_unit", "region_code", "fiscal_year", "unit_id"),
        Index("ix_project_pinyin", "region_code", "fiscal_year", "pinyin", "code"),
        Index("ix_project_amount", "region_code", "fiscal_year", "initial_amount", "code"),
        Index("ix_project_search", "search", postgresql_using="gin"),
    )

    @property
    def period_years(self) -> int:
        """Calendar years the project touches; 1 when no period is given."""
        if self.period_start is None or self.period_end is None:
            return 1
        return self.period_end.year - self.period_start.year + 1


class ProjectMoneyRow(Base):
    """Money of a project by budget book and source (fiscal, carry_over, other), in 元."""

    __tablename__ = "project_money"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_book: Mapped[str] = mapped_column(String(20), primary_key=True)
    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    initial_amount: Mapped[Decimal]
    adjusted_amount: Mapped[Decimal]

    __table_args__ = (
        ForeignKeyConstraint(
            ["region_code", "fiscal_year", "project_id"],
            ["project.region_code", "project.fiscal_year", "project.project_id"],
        ),
    )


class ProjectTotalRow(Base):
    """A unit's projects with money in one budget book, added up; written anew by every import.

    The list shows these totals on every page, so they are not added up from the rows each time.
    """

    __tablename__ = "project_total"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_book: Mapped[str] = mapped_column(String(20), primary_key=True)
    projects: Mapped[int]
    initial_amount: Mapped[Decimal]
    adjusted_amount: Mapped[Decimal]


def renew_totals(session: Session, region: str, fiscal_year: int) -> None:
    """Add up a year's money again by unit and budget book."""
    money, total = ProjectMoneyRow, ProjectTotalRow
    in_year = (total.region_code == region, total.fiscal_year == fiscal_year)
    session.execute(delete(total).where(*in_year))
    summed = (
        select(
            money.region_code,
            money.fiscal_year,
            ProjectRow.unit_id,
            money.budget_book,
            func.count(money.project_id.distinct()),
            func.sum(money.initial_amount),
            func.sum(money.adjusted_amount),
        )
        .join(
            ProjectRow,
            (ProjectRow.region_code == money.region_code)
            & (ProjectRow.fiscal_year == money.fiscal_year)
            & (ProjectRow.project_id == money.project_id),
        )
        .where(money.region_code == region, money.fiscal_year == fiscal_year)
        .group_by(money.region_code, money.fiscal_year, ProjectRow.unit_id, money.budget_book)
    )
    columns = [column.key for column in total.__table__.columns]
    session.execute(insert(total).from_select(columns, summed))


def find_project(
    session: Session, region: str, fiscal_year: int, project_id: UUID, *, lock: bool = False
) -> ProjectRow | None:
    """Return one project, locked against change when `lock`."""
    query = select(ProjectRow).where(
        ProjectRow.region_code == region,
        ProjectRow.fiscal_year == fiscal_year,
        ProjectRow.project_id == project_id,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def find_project_by_code(
    session: Session, region: str, fiscal_year: int, code: str
) -> ProjectRow | None:
    """Return the project with this project code in a budget year."""
    query = select(ProjectRow).where(
        ProjectRow.region_code == region,
        ProjectRow.fiscal_year == fiscal_year,
        ProjectRow.code == code,
    )
    return session.scalars(query).one_or_none()
