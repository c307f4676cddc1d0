"""Act: leave a rung out, with the reason and the leader who agreed (leaders change dates)."""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.domain.ladder import EscalationState, check_skipping
from services.oversight_svc.store.escalations import EscalationRow
from services.oversight_svc.usecases.settling_rungs import settle
from services.oversight_svc.usecases.take_rungs import RungKey, load_waiting
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class SkipRung:
    """The rung, why it is left out, and who agreed."""

    key: RungKey
    leader_name: str
    reason: str


def skip_rung(uow: UnitOfWork, clock: Clock, actor: Actor, command: SkipRung) -> EscalationRow:
    """Leave the rung out; the later ones still come.

    Raises `InvalidInputError` without reason or leader, `RungSettledError`, `OtherRoleError`.
    """
    require(actor, "oversight.escalation.skip")
    row = load_waiting(uow, actor, [command.key], lock=True)[0]
    problems = check_skipping(command.leader_name, command.reason)
    if problems:
        raise InvalidInputError(problems)
    row.person = command.leader_name.strip()
    settle(uow, clock, actor, row, EscalationState.SKIPPED, note=command.reason.strip())
    return row
