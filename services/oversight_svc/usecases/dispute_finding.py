"""Acts: a unit disputes a finding, and the body that raised it decides."""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import check_opinion
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keeping_proof import Verdict, attach, write_verdict
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class DisputeFinding:
    """Why the unit thinks otherwise, with its papers."""

    key: FindingKey
    opinion: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecideDispute:
    """Whether the unit is right: then the finding is withdrawn."""

    key: FindingKey
    upheld: bool
    opinion: str


def dispute_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: DisputeFinding
) -> LoadedFinding:
    """Dispute a finding that was signed for; the due date goes on counting."""
    loaded = load_finding(uow, actor, command.key)
    _keep(uow, clock, actor, loaded, FindingAct.DISPUTE, command.opinion, command.evidence)
    return loaded


def decide_dispute(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: DecideDispute
) -> LoadedFinding:
    """Withdraw the finding, or return it to the unit; the reason is told either way."""
    act = FindingAct.UPHOLD_DISPUTE if command.upheld else FindingAct.REJECT_DISPUTE
    loaded = load_finding(uow, actor, command.key)
    _keep(uow, clock, actor, loaded, act, command.opinion)
    return loaded


def _keep(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedFinding,
    act: FindingAct,
    opinion: str,
    evidence: tuple[str, ...] = (),
) -> None:
    check_turn(actor, loaded, act)
    problems = check_opinion(act, opinion)
    if problems:
        raise InvalidInputError(problems)
    attach(uow, clock, actor, loaded.finding, AttachedTo.DISPUTE, evidence)
    write_verdict(uow, clock, actor, loaded.finding, Verdict(act, opinion))
    move(uow, clock, actor, loaded, act, comment=opinion.strip())
