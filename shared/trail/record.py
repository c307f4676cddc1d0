"""Writes one act into the trail, in the act's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.ids import new_id
from shared.trail.tables import TrailRow

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to what. `name` is the permission's name (`target.target.submit`).

    `before` and `after` are JSON-ready; `None` means there was nothing before, or is nothing after.
    """

    name: str
    object_kind: str
    object_id: UUID
    object_title: str
    region: str
    fiscal_year: int = 0
    unit_id: UUID | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    comment: str = ""


def write_act(uow: UnitOfWork, actor: Actor, act: Act, at: datetime) -> None:
    """Add the record to the session, unsealed; the sealer chains it after the commit."""
    uow.session.add(
        TrailRow(
            record_id=new_id(),
            region_code=act.region,
            fiscal_year=act.fiscal_year,
            at=at,
            account_id=actor.account_id,
            actor_name=actor.name,
            post_name=actor.post_name,
            act=act.name,
            object_kind=act.object_kind,
            object_id=act.object_id,
            object_title=act.object_title,
            unit_id=act.unit_id,
            before=act.before,
            after=act.after,
            comment=act.comment,
            correlation_id=actor.correlation_id,
        )
    )
