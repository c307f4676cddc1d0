"""Act on an event: keep where a finding stands that was referred from here (Y25-6.6)."""

from __future__ import annotations

from services.eval_svc.store.finding_copies import FindingCopyRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.terms.vocabulary import FindingSource

OWN_SOURCE = FindingSource.SELF_EVALUATION.value


def copy_finding(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the newest state; findings of other sources and older versions change nothing."""
    data = REGISTRY.get(event.type).read(event.data)
    if data["source"] != OWN_SOURCE:
        return
    subject = event.subject
    key = (subject.region, subject.fiscal_year, data["source"], data["source_key"])
    row = uow.session.get(FindingCopyRow, key)
    if row is None:
        names = ("region_code", "fiscal_year", "source", "source_key")
        row = FindingCopyRow(**dict(zip(names, key, strict=True)), finding_id=subject.id)
        uow.session.add(row)
    elif row.version >= subject.version:
        return
    row.version = subject.version
    row.number = data["number"]
    row.state = data["state"]
    row.due_on = data["due_on"]
    row.closed_on = data["closed_on"]
