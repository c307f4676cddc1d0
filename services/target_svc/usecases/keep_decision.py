"""Act on an event: keep a decision on units, to be seen when their next budget is made (YC23-6.5).

Nothing is cut by itself: who reviews sees the decision and its document, and decides.
"""

from __future__ import annotations

from services.target_svc.store.decisions import UnitDecisionRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY


def keep_decision(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the decision for each unit; an older one changes nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    subject = event.subject
    for unit_id in data["unit_ids"]:
        key = (subject.region, subject.fiscal_year, subject.id, unit_id)
        row = uow.session.get(UnitDecisionRow, key)
        if row is None:
            row = UnitDecisionRow(
                region_code=key[0], fiscal_year=key[1], case_id=key[2], unit_id=key[3]
            )
            uow.session.add(row)
        elif row.version >= subject.version:
            continue
        row.version = subject.version
        for name in ("number", "measures", "document_number", "decided_on"):
            setattr(row, name, data[name])
