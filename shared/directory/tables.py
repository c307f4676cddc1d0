"""The unit table: the owner's in oversight_svc, a copy fed by events everywhere else."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import FrameBase, RegionCode
from shared.directory.bigrams import BigramVector


class UnitRow(FrameBase):
    """A budget unit (预算单位). `version` is that of the last event applied.

    `path` holds the codes from the department down, each with a slash (`219/219001/`); scope is a
    prefix of it. `lead_office` is the code of the finance office in charge (归口股室).
    """

    __tablename__ = "unit"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    pinyin: Mapped[str]
    parent_id: Mapped[UUID | None]
    department_id: Mapped[UUID]
    is_department: Mapped[bool]
    path: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    lead_office: Mapped[str | None] = mapped_column(String(40))
    lead_office_name: Mapped[str]
    head_name: Mapped[str]
    contact: Mapped[str]
    phone: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    search: Mapped[str] = mapped_column(BigramVector)

    __table_args__ = (
        Index("ix_unit_path", "region_code", "path"),
        Index("ix_unit_pinyin", "region_code", "pinyin", "unit_id"),
        Index("ix_unit_code", "region_code", "code"),
        Index("ix_unit_lead_office", "region_code", "lead_office"),
        Index("ix_unit_search", "search", postgresql_using="gin"),
    )
