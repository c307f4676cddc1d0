"""Act: issue a drafted notice with number, date and stamped scan, and sign for it (YC23-6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.oversight_svc.domain.dating import check_wanted_due
from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.notices import (
    NoticeState,
    check_issue,
    check_signature,
    require_state,
)
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import NoticeRow, findings_of_notice
from services.oversight_svc.usecases.draft_notice import NoticeKey, load_notice, record_notice
from services.oversight_svc.usecases.finding_moving import LoadedFinding, move
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.keeping_proof import attach, set_due
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.names import DeadlineName
from shared.terms.vocabulary import RectificationKind


@dataclass(frozen=True, slots=True)
class IssueNotice:
    """What makes a draft a notice; `scan_digest` names the stamped scan."""

    key: NoticeKey
    document_number: str
    issued_on: date | None
    scan_digest: str


@dataclass(frozen=True, slots=True)
class SignNotice:
    """The receipt: the operator hands in the head's signature as a scan (`signed_on` or today)."""

    key: NoticeKey
    signer_name: str
    scan_digest: str
    signed_on: date | None = None


def issue_notice(uow: UnitOfWork, clock: Clock, actor: Actor, command: IssueNotice) -> NoticeRow:
    """Issue: every finding in it is demanded of the unit, with its due date.

    Raises `InvalidInputError` without number, date or scan, or for a date outside the pack's
    limits counted from the day of issue.
    """
    notice = load_notice(uow, actor, command.key, "oversight.finding.notify")
    require_state(NoticeState(notice.state), NoticeState.DRAFT, "下达")
    own_uploads(uow, clock, actor, [command.scan_digest])
    problems = check_issue(
        command.document_number, command.issued_on, command.scan_digest, clock.today()
    )
    findings = findings_of_notice(uow.session, notice, lock=True)
    if not findings:
        message = "通知里没有问题，请撤回后重新拟稿。"
        problems.append(FieldProblem("findings", "missing", message))
    if problems or command.issued_on is None:
        raise InvalidInputError(problems)
    pack = policy_for(uow.session, notice.region_code, notice.fiscal_year)
    receipt = compute_deadline(
        pack,
        DeadlineName.NOTICE_RECEIPT,
        notice.fiscal_year,
        load_calendar(uow.session),
        start=command.issued_on,
    )
    notice.state = NoticeState.ISSUED.value
    notice.version += 1
    notice.document_number = command.document_number.strip()
    notice.issued_on = command.issued_on
    notice.scan_digest = command.scan_digest
    notice.receipt_due_on = receipt.due_on
    _date(uow, findings, command.issued_on)
    for loaded in _loaded(uow, notice, findings):
        finding, number = loaded.finding, notice.document_number
        attach(uow, clock, actor, finding, AttachedTo.NOTICE, [command.scan_digest])
        due = finding.due_on.isoformat() if finding.due_on else None
        after = {"document_number": number, "due_on": due}
        move(uow, clock, actor, loaded, FindingAct.NOTIFY, comment=number, after=after)
    record_notice(uow, actor, notice, "issue", comment=notice.document_number)
    return notice


def sign_notice(uow: UnitOfWork, clock: Clock, actor: Actor, command: SignNotice) -> NoticeRow:
    """Sign for a notice and so for every finding in it; raise `InvalidInputError` without proof."""
    notice = load_notice(uow, actor, command.key, "oversight.finding.sign_for")
    require_state(NoticeState(notice.state), NoticeState.ISSUED, "签收")
    own_uploads(uow, clock, actor, [command.scan_digest])
    today = clock.today()
    problems = check_signature(
        command.signer_name,
        command.signed_on,
        command.scan_digest,
        notice.issued_on or today,
        today,
    )
    if problems:
        raise InvalidInputError(problems)
    notice.state = NoticeState.SIGNED.value
    notice.version += 1
    notice.signed_on = command.signed_on or today
    notice.signer_name = command.signer_name.strip()
    notice.signed_scan_digest = command.scan_digest
    for loaded in _loaded(uow, notice, findings_of_notice(uow.session, notice, lock=True)):
        attach(uow, clock, actor, loaded.finding, AttachedTo.RECEIPT, [command.scan_digest])
        move(uow, clock, actor, loaded, FindingAct.SIGN_FOR, comment=f"签收：{notice.signer_name}")
    record_notice(uow, actor, notice, "sign", comment=notice.signer_name)
    return notice


def _loaded(
    uow: UnitOfWork, notice: NoticeRow, findings: Sequence[FindingRow]
) -> list[LoadedFinding]:
    unit = find_unit(uow.session, notice.region_code, notice.unit_id)
    if unit is None:
        raise NotFoundError
    return [LoadedFinding(finding, unit) for finding in findings]


def _date(uow: UnitOfWork, findings: Sequence[FindingRow], issued_on: date) -> None:
    """Give each finding its due date: the one demanded, else the pack's working days."""
    problems = []
    for place, finding in enumerate(findings):
        pack = policy_for(uow.session, finding.region_code, finding.fiscal_year)
        kind = RectificationKind(finding.kind)
        path = f"items.{place}.due_on"
        problems += check_wanted_due(pack.rectification, kind, finding.due_on, issued_on, path)
        due_on, provisional = finding.due_on, False
        if due_on is None:
            deadline = compute_deadline(
                pack,
                DeadlineName.RECTIFICATION_REPORT,
                finding.fiscal_year,
                load_calendar(uow.session),
                start=issued_on,
            )
            due_on, provisional = deadline.due_on, deadline.provisional
            finding.deadline_rule = deadline.rule_id
        set_due(uow, finding, due_on, provisional=provisional)
        finding.first_due_on = due_on
    if problems:
        raise InvalidInputError(problems)
