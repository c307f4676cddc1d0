"""Acts: urge units (催办) by letter, text or call, and send a drafted letter (practice: 催办函).

Urging leaves the finding as it is: no state, no date, no open form of the unit is touched. A rung
of the escalation ladder that asks for just this letter or call is taken by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingState, Party
from services.oversight_svc.domain.recognition import check_party
from services.oversight_svc.domain.verdicts import (
    UrgingMeans,
    UrgingState,
    check_letter,
    check_urging,
)
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import UrgingRow
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    load_finding,
    record_act,
)
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.keeping_proof import attach
from services.oversight_svc.usecases.settling_rungs import take_by_urging
from shared.access.actor import Actor
from shared.access.rights import act_label, require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.terms.vocabulary import RaisingBody

PERMISSION = "oversight.finding.urge"
URGED_STATES = (
    FindingState.NOTIFIED,
    FindingState.ACCEPTED_BY_UNIT,
    FindingState.RECTIFYING,
)
"""With the unit: whoever waits for the office cannot be urged."""


@dataclass(frozen=True, slots=True)
class UrgeFindings:
    """Findings to urge about at once; `person` answered the call, `note` is what was written."""

    keys: tuple[FindingKey, ...]
    means: UrgingMeans
    person: str = ""
    note: str = ""
    new_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class SendLetter:
    """What makes a drafted letter a sent one."""

    batch_id: UUID
    document_number: str
    sent_on: date | None
    scan_digest: str


def urge_findings(uow: UnitOfWork, clock: Clock, actor: Actor, command: UrgeFindings) -> UUID:
    """Urge and return the batch's id; a letter is a draft until `send_letter`.

    Raises `InvalidInputError` for a call without person and note, or a finding not with its unit,
    `OtherBodyError` for another body's finding.
    """
    require(actor, PERMISSION)
    problems = check_urging(
        command.means, command.person, command.note, command.new_due_on, clock.today()
    )
    if not command.keys:
        problems.append(FieldProblem("findings", "missing", "请至少选择一个问题。"))
    if problems:
        raise InvalidInputError(problems)
    keys = sorted(set(command.keys), key=lambda key: key.finding_id)
    loaded = [load_finding(uow, actor, key, PERMISSION) for key in keys]
    _check(actor, loaded)
    batch_id = new_id()
    is_sent = command.means is not UrgingMeans.LETTER
    for each in loaded:
        _urge(uow, clock, actor, each.finding, command, batch_id)
        each.finding.times_urged += is_sent
    return batch_id


def send_letter(uow: UnitOfWork, clock: Clock, actor: Actor, command: SendLetter) -> int:
    """Mark the drafted letters of a batch as sent and return how many findings they are about.

    Raises `NotFoundError` for a batch without drafts, `InvalidInputError` without number, date or
    scan.
    """
    require(actor, PERMISSION)
    own_uploads(uow, clock, actor, [command.scan_digest])
    rows = _drafts(uow, actor, command.batch_id)
    if not rows:
        raise NotFoundError
    loaded = [
        load_finding(uow, actor, FindingKey(row.fiscal_year, row.finding_id), PERMISSION)
        for row in rows
    ]
    _check_bodies(actor, loaded)
    problems = check_letter(
        command.document_number, command.sent_on, command.scan_digest, clock.today()
    )
    if problems:
        raise InvalidInputError(problems)
    for row, each in zip(rows, loaded, strict=True):
        row.state = UrgingState.SENT.value
        row.document_number = command.document_number.strip()
        row.sent_on = command.sent_on
        row.scan_digest = command.scan_digest
        each.finding.times_urged += 1
        attach(uow, clock, actor, each.finding, AttachedTo.URGING, [command.scan_digest])
        record_act(uow, actor, each.finding, "send_letter", comment=row.document_number)
        take_by_urging(uow, clock, actor, each.finding, row)
    return len(rows)


def _check(actor: Actor, loaded: Sequence[LoadedFinding]) -> None:
    _check_bodies(actor, loaded)
    elsewhere = [
        each.finding.number
        for each in loaded
        if FindingState(each.finding.state) not in URGED_STATES
    ]
    if elsewhere:
        message = f"问题 {'、'.join(elsewhere[:10])} 目前不在单位办理，不必催办；请去掉后再办。"
        raise InvalidInputError([FieldProblem("findings", "not_with_unit", message)])


def _check_bodies(actor: Actor, loaded: Sequence[LoadedFinding]) -> None:
    for each in loaded:
        body = RaisingBody(each.finding.raised_by)
        check_party(Party.OFFICE, act_label(PERMISSION), body, actor.roles)


def _drafts(uow: UnitOfWork, actor: Actor, batch_id: UUID) -> Sequence[UrgingRow]:
    query = (
        select(UrgingRow)
        .where(
            UrgingRow.region_code == actor.scope.region,
            UrgingRow.batch_id == batch_id,
            UrgingRow.state == UrgingState.DRAFT.value,
        )
        .order_by(UrgingRow.finding_id)
        .with_for_update()
    )
    return uow.session.scalars(query).all()


def _urge(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    finding: FindingRow,
    command: UrgeFindings,
    batch_id: UUID,
) -> None:
    is_letter = command.means is UrgingMeans.LETTER
    row = UrgingRow(
        region_code=finding.region_code,
        fiscal_year=finding.fiscal_year,
        urging_id=new_id(),
        finding_id=finding.finding_id,
        batch_id=batch_id,
        means=command.means.value,
        state=(UrgingState.DRAFT if is_letter else UrgingState.SENT).value,
        document_number="",
        sent_on=None if is_letter else clock.today(),
        scan_digest="",
        person=command.person.strip(),
        note=command.note.strip(),
        new_due_on=command.new_due_on,
        urged_at=clock.now(),
        urged_by=actor.account_id,
        urger_name=actor.name,
    )
    uow.session.add(row)
    record_act(
        uow,
        actor,
        finding,
        "urge",
        comment=command.note.strip(),
        after={"means": command.means.value, "person": command.person.strip()},
    )
    if command.means is UrgingMeans.CALL:
        take_by_urging(uow, clock, actor, finding, row)
