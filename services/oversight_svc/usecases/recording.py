"""Writes the trail of acts on people and posts, which belong to no budget year."""

from __future__ import annotations

from typing import Any
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
