"""Joint actions of several bodies without a case: who takes part, minutes and tasks."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from services.oversight_svc.store.joint_work import (
    JointTaskColumns,
    MemberColumns,
    MinutesColumns,
)
from shared.db.base import RegionCode


class JointActionRow(Base):
    """One action about a unit, led by one body."""

    __tablename__ = "joint_action"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    lead: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID]
    title: Mapped[str]
    purpose: Mapped[str]
    basis: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    starter_name: Mapped[str]
    changed_at: Mapped[datetime]
    result: Mapped[str]
    ended_on: Mapped[date | None]

    __table_args__ = (
        Index("uq_joint_action_number", "region_code", "fiscal_year", "number", unique=True),
        Index("ix_joint_action_order", "region_code", "action_id"),
    )


class ActionMemberRow(MemberColumns, Base):
    """A party: one of the five bodies (no unit: `OF_NO_UNIT`) or a competent department."""

    __tablename__ = "joint_action_member"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)


class ActionMinutesRow(MinutesColumns, Base):
    """Minutes (纪要) of a meeting."""

    __tablename__ = "joint_action_minutes"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    minutes_id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]

    __table_args__ = (
        Index("ix_joint_action_minutes_action", "region_code", "fiscal_year", "action_id"),
    )


class ActionTaskRow(JointTaskColumns, Base):
    """A task; `unit_id` is the department's, `OF_NO_UNIT` for one of the five bodies."""

    __tablename__ = "joint_action_task"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    action_task_id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    workdays: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        Index("ix_joint_action_task_action", "region_code", "fiscal_year", "action_id"),
    )


def next_action_number(session: Session, region: str, fiscal_year: int) -> str:
    """Return the next number of the year; those who start one wait for one another."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"joint_action:{region}"})
    taken = session.scalar(
        select(func.count())
        .select_from(JointActionRow)
        .where(JointActionRow.region_code == region, JointActionRow.fiscal_year == fiscal_year)
    )
    return f"联动{fiscal_year}-{(taken or 0) + 1:03d}"
