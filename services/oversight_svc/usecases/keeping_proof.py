"""What every step of a finding leaves behind: files attached, verdicts written, dates moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.store.findings import FindingMoneyRow, FindingRow
from services.oversight_svc.store.rectification import (
    EvidenceRow,
    FindingExtensionRow,
    VerdictRow,
    count_evidence,
)
from services.oversight_svc.usecases.keep_upload import own_uploads
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.names import DeadlineName
from shared.terms.vocabulary import MoneyKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an officer decided; `recognised` in 元 by kind, `scan_digest` a leader's signature."""

    act: FindingAct
    opinion: str = ""
    is_on_site: bool = False
    recognised: Mapping[MoneyKind, Decimal] = field(default_factory=dict)
    document_number: str = ""
    leader_name: str = ""
    scan_digest: str = ""
    decided_on: date | None = None


def attach(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    finding: FindingRow,
    to: AttachedTo,
    digests: Sequence[str],
    *,
    report_id: UUID | None = None,
    path: str = "evidence",
) -> int:
    """Attach the actor's own uploads and return how many there were.

    Raises `InvalidInputError` for a file the actor did not bring.
    """
    uploads = own_uploads(uow, clock, actor, digests, path)
    for upload in uploads:
        uow.session.add(
            EvidenceRow(
                region_code=finding.region_code,
                fiscal_year=finding.fiscal_year,
                evidence_id=new_id(),
                finding_id=finding.finding_id,
                attached_to=to.value,
                report_id=report_id,
                measure_position=None,
                digest=upload.digest,
                file_name=upload.filename,
                added_at=clock.now(),
                added_by=actor.account_id,
                adder_name=actor.name,
            )
        )
    uow.session.flush()
    finding.evidence_count = count_evidence(uow.session, finding)
    return len(uploads)


def write_verdict(
    uow: UnitOfWork, clock: Clock, actor: Actor, finding: FindingRow, verdict: Verdict
) -> None:
    """Keep a verdict with the name and post of who gave it."""
    uow.session.add(
        VerdictRow(
            region_code=finding.region_code,
            fiscal_year=finding.fiscal_year,
            verdict_id=new_id(),
            finding_id=finding.finding_id,
            act=verdict.act.value,
            opinion=verdict.opinion.strip(),
            is_on_site=verdict.is_on_site,
            recognised={kind.value: str(amount) for kind, amount in verdict.recognised.items()},
            document_number=verdict.document_number.strip(),
            leader_name=verdict.leader_name.strip(),
            scan_digest=verdict.scan_digest,
            decided_on=verdict.decided_on or clock.today(),
            decided_at=clock.now(),
            decided_by=actor.account_id,
            decider_name=actor.name,
            post_name=actor.post_name,
        )
    )


def move_due(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    finding: FindingRow,
    due_on: date,
    *,
    reason: str,
    document_number: str = "",
    batch_id: UUID | None = None,
) -> None:
    """Give a finding another due date; the old one and the reason stay on record."""
    uow.session.add(
        FindingExtensionRow(
            region_code=finding.region_code,
            fiscal_year=finding.fiscal_year,
            extension_id=new_id(),
            finding_id=finding.finding_id,
            batch_id=batch_id or new_id(),
            previous_due_on=finding.due_on,
            due_on=due_on,
            document_number=document_number.strip(),
            reason=reason.strip(),
            extended_at=clock.now(),
            extended_by=actor.account_id,
            extender_name=actor.name,
        )
    )
    set_due(uow, finding, due_on, provisional=False)


def set_due(uow: UnitOfWork, finding: FindingRow, due_on: date, *, provisional: bool) -> None:
    """Set the due date with the pack's buffer behind it, computed by the pack in force now."""
    pack = policy_for(uow.session, finding.region_code, finding.fiscal_year)
    rule = pack.deadlines[DeadlineName.RECTIFICATION_REPORT]
    buffer = load_calendar(uow.session).add_workdays(due_on, rule.buffer_workdays)
    finding.due_on = due_on
    finding.buffer_on = buffer.day
    finding.provisional = provisional or buffer.provisional
    finding.pack_code, finding.pack_version = pack.ref.code, pack.ref.version


def recognise_money(
    finding: FindingRow,
    rows: Sequence[FindingMoneyRow],
    recognised: Mapping[MoneyKind, Decimal],
) -> None:
    """Set what is recognised by kind, and the finding's sum of it."""
    for row in rows:
        row.recognised = recognised.get(MoneyKind(row.kind), Decimal(0))
    finding.amount_rectified = sum((row.recognised for row in rows), Decimal("0.00"))


def amounts(rows: Sequence[FindingMoneyRow], column: str) -> dict[MoneyKind, Decimal]:
    """Return one column of a finding's money by kind, in 元."""
    return {MoneyKind(row.kind): getattr(row, column) for row in rows}
