"""The register of what is to be evaluated, with the monitoring summary it will start from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.eval_svc.store.base import Base
from shared.db.base import RegionCode
from shared.duties.projects import ProjectCopyColumns


class ProjectCopyRow(ProjectCopyColumns, Base):
    """This service's copy of a project."""

    __tablename__ = "project_copy"


class EvaluationObjectRow(Base):
    """A project with an approved target: an object of self-evaluation after the year's end.

    Amounts in 元, rates in %. The monitoring columns stay empty until its report is accepted.
    `indicators` are those of the approved target, as its event tells them.
    """

    __tablename__ = "evaluation_object"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    object_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    project_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    project_code: Mapped[str] = mapped_column(String(30))
    project_name: Mapped[str]
    budget_book: Mapped[str] = mapped_column(String(20))
    approved_amount: Mapped[Decimal]
    target_revision: Mapped[int] = mapped_column(SmallInteger)
    annual_goal: Mapped[str]
    indicators: Mapped[list[dict[str, Any]]]
    registered_at: Mapped[datetime]
    monitored_as_of: Mapped[date | None]
    executed: Mapped[Decimal | None]
    execution_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    monitoring_light: Mapped[str | None] = mapped_column(String(8))

    __table_args__ = (
        Index("ix_evaluation_object_name", "region_code", "fiscal_year", "project_code"),
        Index("ix_evaluation_object_unit", "region_code", "fiscal_year", "unit_id"),
    )
