"""Column conventions and the tables' metadata.

Each service has its own declarative base; the frame's own tables (outbox, inbox, trail, units …)
are declared once on `FRAME_METADATA` and created by every service's first migration.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, MetaData, Numeric, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

FRAME_METADATA = MetaData(naming_convention=NAMING)

TYPES: dict[Any, Any] = {
    UUID: Uuid,
    Decimal: Numeric(18, 2),
    datetime: DateTime(timezone=True),
    date: Date,
    str: Text,
    int: Integer,
    dict[str, Any]: JSONB(none_as_null=True),
    list[str]: JSONB,
    list[dict[str, Any]]: JSONB,
}


class FrameBase(DeclarativeBase):
    """Base of the tables every service has."""

    metadata = FRAME_METADATA
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES


RegionCode = String(9)
"""行政区划代码 (GB/T 2260), 6 or 9 digits: the first column of every key that grows."""
