"""Every question put to the gate, with its answer (SL21-5.5: log every query)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.target_svc.store.base import Base
from shared.db.base import RegionCode


class GateQueryRow(Base):
    """One question and its answer; amounts in 元."""

    __tablename__ = "gate_query"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    query_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    target_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    is_machine: Mapped[bool]
    requested: Mapped[Decimal]
    mode: Mapped[str] = mapped_column(String(10))
    verdict: Mapped[str] = mapped_column(String(10))
    allowed: Mapped[Decimal]
    reasons: Mapped[list[dict[str, Any]]]
    pack_code: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[str] = mapped_column(String(20))

    __table_args__ = (
        Index("ix_gate_query_project", "region_code", "fiscal_year", "project_id", "query_id"),
    )
