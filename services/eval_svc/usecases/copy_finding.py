"""Act on an event: keep where a finding stands that was referred from here (Y25-6.6)."""

from __future__ import annotations

from services.eval_svc.store.finding_copies import FindingCopyRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.findings import keep_copy
from shared.events.envelope import Event
from shared.terms.vocabulary import FindingSource


def copy_finding(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the newest state; findings of other sources and older versions change nothing."""
    keep_copy(uow, FindingCopyRow, FindingSource.SELF_EVALUATION, event)
