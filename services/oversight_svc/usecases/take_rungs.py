"""Act: take rungs a person is asked for: the letter sent, the call made, the list dealt with.

A letter or call about a finding is an urging (催办) of it and is recorded as one, so that there is
one list of proofs; a refusal is determined elsewhere, by people (YC23-6.4, YC23-6.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.ladder import (
    EscalationState,
    OtherRoleError,
    RungSettledError,
    answers_for,
    check_taking,
)
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.store.escalations import EscalationRow, find_escalations
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.settling_rungs import settle
from services.oversight_svc.usecases.urge_findings import (
    SendLetter,
    UrgeFindings,
    send_letter,
    urge_findings,
)
from shared.access.actor import Actor
from shared.access.rights import require, require_scope, role_label
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, StaleVersionError
from shared.policy.escalation import RungWay

FINDING = "oversight.finding"
_MEANS = {RungWay.LETTER: UrgingMeans.LETTER, RungWay.CALL: UrgingMeans.CALL}


@dataclass(frozen=True, slots=True)
class RungKey:
    """Names a rung inside the actor's region; `version`, when given, is what the actor saw."""

    fiscal_year: int
    escalation_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class TakeRungs:
    """Rungs of one kind settled together: number, date and scan of a paper, else person and note.

    A letter or a call goes to one unit, so all of them are that unit's.
    """

    keys: tuple[RungKey, ...]
    document_number: str = ""
    document_on: date | None = None
    scan_digest: str = ""
    person: str = ""
    note: str = ""


def take_rungs(uow: UnitOfWork, clock: Clock, actor: Actor, command: TakeRungs) -> int:
    """Take the rungs and return how many.

    Raises `InvalidInputError` for what is missing or does not belong together, `RungSettledError`
    when one is settled already, `OtherRoleError` when it asks somebody else.
    """
    require(actor, "oversight.escalation.take")
    rows = load_waiting(uow, actor, command.keys)
    way, is_paper = RungWay(rows[0].way), rows[0].is_paper
    problems = check_taking(
        way,
        is_paper=is_paper,
        is_alike=len({(row.way, row.is_paper) for row in rows}) == 1,
        units=len({row.unit_id for row in rows}),
        document=(command.document_number, command.document_on, command.scan_digest),
        person=command.person,
        note=command.note,
        today=clock.today(),
    )
    if problems:
        raise InvalidInputError(problems)
    scans = own_uploads(uow, clock, actor, [command.scan_digest])
    urged = [row for row in rows if row.subject_kind == FINDING and way in _MEANS]
    if urged:
        _urge(uow, clock, actor, command, _MEANS[way], urged)
    keys = [(row.fiscal_year, row.escalation_id) for row in rows]
    for row in find_escalations(uow.session, actor.scope.region, keys, lock=True):
        row.scan_name = scans[0].filename if scans else ""
        if row.state == EscalationState.TAKEN:  # by the urging just now
            continue
        _check_waiting(row)
        row.document_number = command.document_number.strip()
        row.document_on = command.document_on if row.is_paper else clock.today()
        row.scan_digest = command.scan_digest
        row.person = command.person.strip()
        settle(uow, clock, actor, row, EscalationState.TAKEN, note=command.note.strip())
    return len(rows)


def load_waiting(
    uow: UnitOfWork, actor: Actor, keys: Sequence[RungKey], *, lock: bool = False
) -> Sequence[EscalationRow]:
    """Return rungs the actor may settle.

    Raises what `take_rungs` raises, `NotFoundError`, or `StaleVersionError` when one changed since
    the actor read it.
    """
    wanted = sorted({(key.fiscal_year, key.escalation_id) for key in keys})
    if not wanted:
        raise InvalidInputError([FieldProblem("ids", "missing", "请至少选择一项。")])
    rows = find_escalations(uow.session, actor.scope.region, wanted, lock=lock)
    if len(rows) != len(wanted):
        raise NotFoundError
    for unit_id in {row.unit_id for row in rows}:
        unit = find_unit(uow.session, actor.scope.region, unit_id)
        if unit is None:
            raise NotFoundError
        require_scope(actor, unit)
    seen = {(key.fiscal_year, key.escalation_id): key.version for key in keys}
    for row in rows:
        if seen[row.fiscal_year, row.escalation_id] not in (None, row.version):
            raise StaleVersionError
        _check_waiting(row)
        if not answers_for(row.role or "", actor.roles):
            raise OtherRoleError(title=row.title, role=role_label(row.role or ""))
    return rows


def _check_waiting(row: EscalationRow) -> None:
    if row.state != EscalationState.WAITING:
        raise RungSettledError(title=row.title)


def _urge(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: TakeRungs,
    means: UrgingMeans,
    rows: Sequence[EscalationRow],
) -> None:
    """Urge the findings; that takes their rungs which ask for it."""
    keys = tuple({FindingKey(row.fiscal_year, row.subject_id) for row in rows})
    batch_id = urge_findings(
        uow, clock, actor, UrgeFindings(keys, means, command.person, command.note)
    )
    if means is UrgingMeans.LETTER:
        letter = SendLetter(
            batch_id, command.document_number, command.document_on, command.scan_digest
        )
        send_letter(uow, clock, actor, letter)
