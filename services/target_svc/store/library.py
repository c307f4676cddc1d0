"""The indicator library (HC5.2, SL21-12.1): entries units pick from."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.target_svc.store.base import Base
from shared.db.base import RegionCode


class LibraryIndicatorRow(Base):
    """One entry: `proposed` → `published` → `retired`; sector "common" fits any project."""

    __tablename__ = "library_indicator"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    indicator_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    code: Mapped[str] = mapped_column(String(30))
    sector: Mapped[str] = mapped_column(String(30))
    level1: Mapped[str] = mapped_column(String(20))
    level2: Mapped[str] = mapped_column(String(30))
    name: Mapped[str]
    operator: Mapped[str] = mapped_column(String(12))
    standard_value: Mapped[str]
    unit: Mapped[str]
    definition: Mapped[str]
    basis_source: Mapped[str]
    state: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_library_indicator_code", "region_code", "code", unique=True),
        Index("ix_library_indicator_state", "region_code", "state", "level1", "code"),
    )
