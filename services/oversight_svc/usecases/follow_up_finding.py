"""Acts after close-out: look back, question the effect again, archive (Y25-6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.oversight_svc.domain.dating import check_reopened_due
from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import LOOK_BACK_ACTS, REOPENING, check_look_back
from services.oversight_svc.store.findings import FindingRow, finding_money
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.keeping_proof import (
    Verdict,
    attach,
    move_due,
    recognise_money,
    write_verdict,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.terms import label_of
from shared.terms.vocabulary import LookBackVerdict


@dataclass(frozen=True, slots=True)
class LookBack:
    """What the supervision group saw; `due_on` is needed when the finding opens again."""

    key: FindingKey
    verdict: LookBackVerdict
    opinion: str
    is_on_site: bool = False
    evidence: tuple[str, ...] = ()
    decided_on: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReQuestion:
    """Whether the rectification has had its effect."""

    key: FindingKey
    is_effective: bool
    opinion: str
    is_on_site: bool = False
    evidence: tuple[str, ...] = ()
    decided_on: date | None = None
    due_on: date | None = None


def look_back(uow: UnitOfWork, clock: Clock, actor: Actor, command: LookBack) -> LoadedFinding:
    """Confirm the rectification, or open the finding again for a relapse or a pretence.

    What was recognised for a pretended rectification is taken back. Raises `InvalidInputError`
    without opinion, evidence, or a new due date where one is needed.
    """
    act = LOOK_BACK_ACTS[command.verdict]
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    _judge(uow, clock, actor, loaded, act, AttachedTo.LOOK_BACK, command)
    finding.look_back_verdict = command.verdict.value
    finding.look_back_on = command.decided_on or clock.today()
    if act is FindingAct.EXPOSE:
        finding.is_falsified = True
        recognise_money(finding, finding_money(uow.session, finding), {})
    move(uow, clock, actor, loaded, act, comment=command.opinion.strip(), after=_due(finding))
    return loaded


def re_question(uow: UnitOfWork, clock: Clock, actor: Actor, command: ReQuestion) -> LoadedFinding:
    """Find the effect proven, or open the finding again with a new due date."""
    act = FindingAct.PROVE_EFFECTIVE if command.is_effective else FindingAct.PROVE_INEFFECTIVE
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    _judge(uow, clock, actor, loaded, act, AttachedTo.RE_QUESTION, command)
    finding.re_question_on = command.decided_on or clock.today()
    move(uow, clock, actor, loaded, act, comment=command.opinion.strip(), after=_due(finding))
    return loaded


def archive_finding(uow: UnitOfWork, clock: Clock, actor: Actor, key: FindingKey) -> LoadedFinding:
    """Archive a finding whose effect is proven."""
    loaded = load_finding(uow, actor, key)
    move(uow, clock, actor, loaded, FindingAct.ARCHIVE)
    return loaded


def _judge(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedFinding,
    act: FindingAct,
    attached_to: AttachedTo,
    command: LookBack | ReQuestion,
) -> None:
    """Check and keep the verdict; open the finding again where the verdict says so."""
    check_turn(actor, loaded, act)
    finding, today = loaded.finding, clock.today()
    brought = own_uploads(uow, clock, actor, command.evidence, "evidence")
    problems = check_look_back(act, command.opinion, len(brought), command.decided_on, today)
    if act in REOPENING:
        problems += check_reopened_due(command.due_on, today)
    if problems:
        raise InvalidInputError(problems)
    attach(uow, clock, actor, finding, attached_to, command.evidence)
    verdict = Verdict(
        act, command.opinion, is_on_site=command.is_on_site, decided_on=command.decided_on
    )
    write_verdict(uow, clock, actor, finding, verdict)
    if act in REOPENING and command.due_on is not None:
        _reopen(uow, clock, actor, finding, act, command.due_on)


def _reopen(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    finding: FindingRow,
    act: FindingAct,
    due_on: date,
) -> None:
    move_due(uow, clock, actor, finding, due_on, reason=f"{label_of(act)}，重新整改")
    finding.times_reopened += 1
    finding.closed_on, finding.closed_by, finding.closer_name = None, None, ""
    finding.progress = 0


def _due(finding: FindingRow) -> dict[str, str | None]:
    return {"due_on": finding.due_on.isoformat() if finding.due_on else None}
