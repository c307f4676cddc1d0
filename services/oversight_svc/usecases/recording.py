"""Writes the trail: acts on people and posts, which belong to no year, and on a year's things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.trail.record import Act


def record(
    uow: UnitOfWork,
    actor: Actor,
    name: str,
    subject: tuple[str, UUID, str],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    comment: str = "",
) -> None:
    """Record act `name` on `subject` (kind, id, title)."""
    kind, object_id, title = subject
    uow.record(
        actor,
        Act(
            name=name,
            object_kind=kind,
            object_id=object_id,
            object_title=title,
            region=actor.scope.region,
            before=before,
            after=after,
            comment=comment,
        ),
    )


class OfAYear(Protocol):
    """A row that belongs to a region and a budget year."""

    @property
    def region_code(self) -> str:
        """The region."""

    @property
    def fiscal_year(self) -> int:
        """The budget year."""


def record_on(
    uow: UnitOfWork,
    actor: Actor,
    row: OfAYear,
    name: str,
    subject: tuple[str, UUID, str],
    *,
    unit_id: UUID | None = None,
    comment: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record act `name` on `subject` (kind, id, title), which `row` places in region and year."""
    kind, object_id, title = subject
    uow.record(
        actor,
        Act(
            name=name,
            object_kind=kind,
            object_id=object_id,
            object_title=title,
            region=row.region_code,
            fiscal_year=row.fiscal_year,
            unit_id=unit_id,
            before=dict(before) if before else None,
            after=dict(after) if after else None,
            comment=comment,
        ),
    )
