"""Act: withdraw a finding registered by mistake; the number stays taken, the reason on record."""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import check_opinion
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keeping_proof import Verdict, write_verdict
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class WithdrawFinding:
    """Which finding, and why."""

    key: FindingKey
    opinion: str


def withdraw_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: WithdrawFinding
) -> LoadedFinding:
    """Withdraw; raise `InvalidInputError` without a reason. It leaves a draft notice, if in one."""
    loaded = load_finding(uow, actor, command.key)
    check_turn(actor, loaded, FindingAct.WITHDRAW)
    problems = check_opinion(FindingAct.WITHDRAW, command.opinion)
    if problems:
        raise InvalidInputError(problems)
    loaded.finding.notice_id = None
    verdict = Verdict(FindingAct.WITHDRAW, command.opinion)
    write_verdict(uow, clock, actor, loaded.finding, verdict)
    move(uow, clock, actor, loaded, FindingAct.WITHDRAW, comment=command.opinion.strip())
    return loaded
