"""Declarative base of this service's own tables."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.db.base import NAMING, TYPES


class Base(DeclarativeBase):
    """Base of the monitoring service's tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES
