"""Writes what was done to a duty into the trail."""

from __future__ import annotations

from typing import Any

from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.duties.tables import DutyColumns
from shared.trail.record import Act


def record_act(
    uow: UnitOfWork,
    actor: Actor,
    duty: DutyColumns,
    act: str,
    *,
    title: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    comment: str = "",
) -> None:
    """Record `act`, the last part of its name; `title` is what the trail calls the duty."""
    uow.record(
        actor,
        Act(
            name=f"{duty.KIND}.{act}",
            object_kind=duty.KIND,
            object_id=duty.duty_id,
            object_title=title,
            region=duty.region_code,
            fiscal_year=duty.fiscal_year,
            unit_id=duty.unit_id,
            before=before or {},
            after=after or {},
            comment=comment,
        ),
    )
