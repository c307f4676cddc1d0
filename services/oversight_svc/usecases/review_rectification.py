"""Acts: recheck what a unit reported, then recognise it wholly, partly or not (Y25-6.3, HC20.1).

Who raised it closes it; reporter, rechecker and recogniser are three people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import check_opinion, check_recognition
from services.oversight_svc.store.findings import FindingRow, finding_money
from services.oversight_svc.store.rectification import last_report
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keeping_proof import (
    Verdict,
    amounts,
    attach,
    recognise_money,
    write_verdict,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.terms.vocabulary import Completion, MoneyKind

RECHECK_ACTS = (FindingAct.VERIFY, FindingAct.RETURN_REPORT)
RECOGNITION_ACTS = (
    FindingAct.RECOGNISE,
    FindingAct.RECOGNISE_PARTLY,
    FindingAct.REFUSE_RECOGNITION,
)
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class RecheckFinding:
    """What the office found on paper or on site."""

    key: FindingKey
    act: FindingAct
    opinion: str = ""
    is_on_site: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecogniseFinding:
    """What the raising body decides; `money` in 元 by kind, none given means all reported."""

    key: FindingKey
    act: FindingAct
    opinion: str = ""
    money: Mapping[MoneyKind, Decimal] | None = None
    evidence: tuple[str, ...] = ()


def recheck_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: RecheckFinding
) -> LoadedFinding:
    """Pass the report on or send it back; raise `InvalidInputError` without reason for a return.

    Raises `OwnWorkError` for the reporter, `OtherBodyError` for another body's office.
    """
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    _require_one_of(command.act, RECHECK_ACTS)
    check_turn(actor, loaded, command.act)
    problems = check_opinion(command.act, command.opinion)
    if problems:
        raise InvalidInputError(problems)
    attach(uow, clock, actor, finding, AttachedTo.RECHECK, command.evidence)
    verdict = Verdict(command.act, command.opinion, is_on_site=command.is_on_site)
    write_verdict(uow, clock, actor, finding, verdict)
    if command.act is FindingAct.VERIFY:
        finding.rechecked_at = clock.now()
        finding.rechecked_by = actor.account_id
        finding.rechecker_name = actor.name
    else:
        _send_back(finding)
    move(uow, clock, actor, loaded, command.act, comment=command.opinion.strip())
    return loaded


def recognise_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: RecogniseFinding
) -> LoadedFinding:
    """Recognise, and close out when in full; recognised money changes the totals at once.

    Raises `OtherBodyError` unless the actor speaks for the raising body, `OwnWorkError` for who
    reported or rechecked, `InvalidInputError` for amounts beyond what was reported.
    """
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    _require_one_of(command.act, RECOGNITION_ACTS)
    check_turn(actor, loaded, command.act)
    rows = finding_money(uow.session, finding)
    before = amounts(rows, "recognised")
    money = amounts(rows, "reported") if command.money is None else dict(command.money)
    if command.act is FindingAct.REFUSE_RECOGNITION:
        money = before
    report = last_report(uow.session, finding)
    problems = check_opinion(command.act, command.opinion)
    problems += check_recognition(
        command.act,
        Completion(report.completion) if report else Completion.DONE,
        amounts(rows, "demanded"),
        amounts(rows, "reported"),
        money,
        before,
        command.opinion,
    )
    if problems:
        raise InvalidInputError(problems)
    was = str(finding.amount_rectified)
    recognise_money(finding, rows, money)
    attach(uow, clock, actor, finding, AttachedTo.RECOGNITION, command.evidence)
    verdict = Verdict(command.act, command.opinion, recognised=money)
    write_verdict(uow, clock, actor, finding, verdict)
    _conclude(clock, actor, finding, command.act)
    move(
        uow,
        clock,
        actor,
        loaded,
        command.act,
        comment=command.opinion.strip(),
        before={"amount_rectified": was},
        after={"amount_rectified": str(finding.amount_rectified)},
    )
    return loaded


def _conclude(clock: Clock, actor: Actor, finding: FindingRow, act: FindingAct) -> None:
    if act is FindingAct.RECOGNISE:
        finding.closed_on = clock.today()
        finding.closed_by = actor.account_id
        finding.closer_name = actor.name
        finding.progress = _WHOLE
        finding.is_partly_recognised = False
    elif act is FindingAct.RECOGNISE_PARTLY:
        finding.is_partly_recognised = True
        finding.progress = min(finding.progress, _WHOLE - 1)
    else:
        _send_back(finding)


def _send_back(finding: FindingRow) -> None:
    finding.times_returned += 1
    finding.progress = min(finding.progress, _WHOLE - 1)


def _require_one_of(act: FindingAct, acts: tuple[FindingAct, ...]) -> None:
    if act not in acts:
        raise InvalidInputError([FieldProblem("act", "unknown", "请选择办理结论。")])
