"""Act: report on a finding with evidence and a signed scan; late and partly done are accepted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.rectifying import ReportedRectification, check_report
from services.oversight_svc.store.findings import FindingMoneyRow, FindingRow, finding_money
from services.oversight_svc.store.rectification import RectificationReportRow, last_report
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.keeping_proof import amounts, attach
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.ids import new_id
from shared.terms.vocabulary import Completion, MoneyKind

NOTHING = Decimal("0.00")
WHOLE = 100


@dataclass(frozen=True, slots=True)
class ReportRectification:
    """What the unit reports; `money` in 元 is the whole sum so far, `evidence` own uploads."""

    key: FindingKey
    completion: Completion
    narrative: str
    unfinished_reason: str = ""
    next_step: str = ""
    regulations: tuple[str, ...] = ()
    people_held_accountable: int = 0
    money: Mapping[MoneyKind, Decimal] = field(default_factory=dict)
    money_note: str = ""
    evidence: tuple[str, ...] = ()
    commitment: bool = False
    signer_name: str = ""
    scan_digest: str = ""


def report_rectification(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReportRectification
) -> LoadedFinding:
    """Report; raise `InvalidInputError` with every reason it cannot leave the unit.

    Each report gets a new print code, so an older paper copy is noticed.
    """
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    check_turn(actor, loaded, FindingAct.REPORT)
    rows = finding_money(uow.session, finding)
    own_uploads(uow, clock, actor, [command.scan_digest])
    brought = own_uploads(uow, clock, actor, command.evidence, "evidence")
    problems = check_report(_checked(command, finding, rows, len(brought)))
    if problems:
        raise InvalidInputError(problems)
    report = _report(uow, clock, actor, finding, command)
    uow.session.add(report)
    _set_money(uow, finding, rows, command.money)
    for place, digests in (
        (AttachedTo.REPORT, command.evidence),
        (AttachedTo.REPORT_SCAN, [command.scan_digest]),
    ):
        attach(uow, clock, actor, finding, place, digests, report_id=report.report_id)
    finding.reported_at = clock.now()
    finding.reported_by = actor.account_id
    finding.rechecked_at, finding.rechecked_by, finding.rechecker_name = None, None, ""
    if command.completion is Completion.DONE:
        finding.progress = WHOLE
    move(
        uow,
        clock,
        actor,
        loaded,
        FindingAct.REPORT,
        comment=command.narrative.strip(),
        after={"completion": command.completion.value, "money": report.money},
    )
    return loaded


def _checked(
    command: ReportRectification,
    finding: FindingRow,
    rows: Sequence[FindingMoneyRow],
    brought: int,
) -> ReportedRectification:
    return ReportedRectification(
        completion=command.completion,
        narrative=command.narrative,
        unfinished_reason=command.unfinished_reason,
        next_step=command.next_step,
        people_held_accountable=command.people_held_accountable,
        demanded=amounts(rows, "demanded"),
        reported=command.money,
        recognised=amounts(rows, "recognised"),
        money_note=command.money_note,
        evidence=brought + finding.evidence_count,
        commitment=command.commitment,
        signer_name=command.signer_name,
        scan_digest=command.scan_digest,
    )


def _report(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    finding: FindingRow,
    command: ReportRectification,
) -> RectificationReportRow:
    former = last_report(uow.session, finding)
    return RectificationReportRow(
        region_code=finding.region_code,
        fiscal_year=finding.fiscal_year,
        report_id=new_id(),
        finding_id=finding.finding_id,
        sequence=former.sequence + 1 if former else 1,
        completion=command.completion.value,
        narrative=command.narrative.strip(),
        unfinished_reason=command.unfinished_reason.strip(),
        next_step=command.next_step.strip(),
        regulations=[each.strip() for each in command.regulations if each.strip()],
        people_held_accountable=command.people_held_accountable,
        money={kind.value: str(amount) for kind, amount in command.money.items() if amount},
        money_note=command.money_note.strip(),
        signer_name=command.signer_name.strip(),
        scan_digest=command.scan_digest,
        print_code=f"{finding.number}-{secrets.token_hex(3).upper()}",
        is_late=finding.due_on is not None and clock.today() > finding.due_on,
        reported_at=clock.now(),
        reported_by=actor.account_id,
        reporter_name=actor.name,
    )


def _set_money(
    uow: UnitOfWork,
    finding: FindingRow,
    rows: Sequence[FindingMoneyRow],
    money: Mapping[MoneyKind, Decimal],
) -> None:
    """Set what is reported by kind; a kind nobody demanded gets a row of its own."""
    known = {MoneyKind(row.kind): row for row in rows}
    for kind in MoneyKind:
        amount = money.get(kind, NOTHING)
        if kind in known:
            known[kind].reported = amount
        elif amount:
            uow.session.add(
                FindingMoneyRow(
                    region_code=finding.region_code,
                    fiscal_year=finding.fiscal_year,
                    finding_id=finding.finding_id,
                    kind=kind.value,
                    demanded=NOTHING,
                    reported=amount,
                    recognised=NOTHING,
                )
            )
