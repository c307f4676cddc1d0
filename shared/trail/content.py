"""The record as it is hashed and exported: every column, in JSON types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from shared.trail.tables import TrailRow

CONTENT_NAMES = (
    "record_id",
    "region_code",
    "fiscal_year",
    "at",
    "account_id",
    "actor_name",
    "post_name",
    "act",
    "object_kind",
    "object_id",
    "object_title",
    "unit_id",
    "before",
    "after",
    "comment",
    "correlation_id",
)
"""The recorded columns of export format 1, by hand: a column added to the table must not slip into
the digests of rows sealed without it."""

CONTENT_COLUMNS = tuple(TrailRow.__table__.columns[name] for name in CONTENT_NAMES)


def record_content(row: RowMapping) -> dict[str, Any]:
    """Return the recorded columns of `row` as JSON types: instants in UTC with microseconds."""
    return {name: _plain(row[name]) for name in CONTENT_NAMES}


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
