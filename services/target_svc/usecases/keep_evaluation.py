"""Act on an event: keep a self-evaluation's result, to be seen beside next year's target.

SL21-5.4, YC23-6.1.
"""

from __future__ import annotations

from services.target_svc.store.evaluations import EvaluationResultRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY


def keep_evaluation(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the result; overall expenditure has no target here, an older result changes nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    if data["target_id"] is None:
        return
    key = (event.subject.region, event.subject.fiscal_year, data["target_id"])
    row = uow.session.get(EvaluationResultRow, key)
    if row is None:
        row = EvaluationResultRow(region_code=key[0], fiscal_year=key[1], target_id=key[2])
        uow.session.add(row)
    elif row.version >= event.subject.version:
        return
    row.version = event.subject.version
    for name in ("total", "grade", "execution_rate", "quality_mark"):
        setattr(row, name, data[name])
