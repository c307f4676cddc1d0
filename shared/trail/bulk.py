"""Writes many trail records at once by COPY, for imports; the same rows as one by one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.db.bulk import JsonText, copy_rows
from shared.ids import new_id
from shared.trail.record import Act
from shared.trail.tables import TrailRow

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.db.unit_of_work import UnitOfWork

_COLUMNS = (
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


def act_rows(actor: Actor, acts: Iterable[Act], at: datetime) -> list[tuple[Any, ...]]:
    """Return a trail row for every act; the session is not touched."""
    return [
        (
            new_id(),
            act.region,
            act.fiscal_year,
            at,
            actor.account_id,
            actor.name,
            actor.post_name,
            act.name,
            act.object_kind,
            act.object_id,
            act.object_title,
            act.unit_id,
            None if act.before is None else JsonText.of(act.before),
            None if act.after is None else JsonText.of(act.after),
            act.comment,
            actor.correlation_id,
        )
        for act in acts
    ]


def write_act_rows(uow: UnitOfWork, rows: Iterable[tuple[Any, ...]]) -> int:
    """Record finished rows; return how many there were."""
    return copy_rows(uow.session, TrailRow, _COLUMNS, rows)
