"""Act: start long work on the ledger that runs in the background: an export, or one act on many.

The work is done with the starter's own rights and scope, as they were when it was started.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.oversight_svc.domain.ledger import BatchKind, LedgerKey
from services.oversight_svc.store.ledger_batches import LedgerBatchRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.terms.batches import BatchProgress
from shared.trail.record import Act

RIGHTS: Mapping[BatchKind, str] = {
    BatchKind.REMIND: "oversight.finding.urge",
    BatchKind.EXTEND: "oversight.finding.extend",
    BatchKind.ASSIGN: "oversight.finding.assign",
    BatchKind.EXPORT: "oversight.ledger.export",
}
MOST_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class StartLedgerBatch:
    """What to do, to which findings (an export: `total` lines of its own question).

    `command` holds what the act needs beyond the findings, as JSON.
    """

    kind: BatchKind
    title: str
    keys: Sequence[LedgerKey] = ()
    total: int = 0
    command: Mapping[str, Any] = field(default_factory=dict)


def start_ledger_batch(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: StartLedgerBatch
) -> LedgerBatchRow:
    """Queue the work; raise `InvalidInputError` when it is about nothing or about too much."""
    require(actor, RIGHTS[command.kind])
    count = command.total if command.kind is BatchKind.EXPORT else len(command.keys)
    if not count or actor.account_id is None:
        message = "没有可以办理的问题，请返回台账重新选择。"
        raise InvalidInputError([FieldProblem("ids", "nothing_chosen", message)])
    if len(command.keys) > MOST_FINDINGS:
        message = f"一次最多办理{MOST_FINDINGS}个问题，请分几次办理。"
        raise InvalidInputError([FieldProblem("ids", "too_many", message)])
    batch = LedgerBatchRow(
        region_code=actor.scope.region,
        fiscal_year=clock.today().year,
        batch_id=new_id(),
        kind=command.kind.value,
        state=BatchProgress.WAITING.value,
        title=command.title,
        account_id=actor.account_id,
        actor=actor.to_claims(),
        command={**command.command, "keys": [key.to_text() for key in command.keys]},
        total=count,
        done=0,
        failed=0,
        failures=[],
        attempts=0,
        claimed_until=None,
        started_at=clock.now(),
        finished_at=None,
    )
    uow.session.add(batch)
    if command.kind is BatchKind.EXPORT:
        record_export(uow, actor, batch.title, clock.today().year, count)
    return batch


def record_export(uow: UnitOfWork, actor: Actor, title: str, year: int, count: int) -> None:
    """Record that the list left the system: who took it, and how many lines."""
    uow.record(
        actor,
        Act(
            name="oversight.ledger.export",
            object_kind="oversight.ledger",
            object_id=new_id(),
            object_title=title,
            region=actor.scope.region,
            fiscal_year=year,
            after={"findings": count},
        ),
    )
