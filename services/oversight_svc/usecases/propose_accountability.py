"""Act: propose that a unit and its people be held to account (YC23-6.5, SL21-R4, JN22-5.3).

An officer does it, with proof; nothing becomes a case by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.accountability import (
    OFFICERS,
    AccountabilityState,
    CompetentBody,
)
from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.accountability_proof import (
    AccountabilityMeasure,
    AccountabilityTrigger,
    Capacity,
    LinkedFinding,
    NamedPerson,
    ProposedCase,
    check_proposed,
)
from services.oversight_svc.domain.finding_states import OPEN_STATES, FindingState
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.store.accountability import (
    CaseFindingRow,
    CaseMemberRow,
    CasePersonRow,
    CaseRow,
    CaseUnitRow,
    next_case_number,
)
from services.oversight_svc.store.findings import FindingRow, find_finding
from services.oversight_svc.store.responsibility import responsible_on, units_of
from services.oversight_svc.usecases.accountability_moving import open_case_tasks, record_case
from services.oversight_svc.usecases.keep_upload import own_uploads
from shared.access.actor import Actor
from shared.access.rights import act_label, require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, ForbiddenError, InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.terms.vocabulary import RaisingBody

PERMISSION = "oversight.accountability.propose"


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """Somebody no register knows, with the reason why they answer."""

    unit_id: UUID
    name: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProposeAccountability:
    """A proposal; `people` name tenures by the references the register gave (`head:…`)."""

    fiscal_year: int
    trigger: AccountabilityTrigger
    title: str
    facts: str
    legal_basis: str
    acted_on: date | None
    receiver: CompetentBody
    units: tuple[UUID, ...]
    people: tuple[str, ...] = ()
    others: tuple[OtherPerson, ...] = ()
    findings: tuple[LedgerKey, ...] = ()
    measures: tuple[AccountabilityMeasure, ...] = ()
    document_number: str = ""
    evidence: tuple[str, ...] = ()
    is_lifetime: bool = False
    project_name: str = ""


def propose_accountability(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ProposeAccountability
) -> CaseRow:
    """Propose; the head of the body reviews it next.

    Responsible persons are looked up for the day of what happened, whether or not they still hold
    the post. Raises `InvalidInputError` when proof is missing, `NotFoundError` for findings or
    units outside the scope.
    """
    require(actor, PERMISSION)
    body = _body_of(actor)
    units = _units(uow, actor, command)
    findings = _findings(uow, actor, command)
    uploads = own_uploads(uow, clock, actor, command.evidence, "evidence")
    today = clock.today()
    people = _people(uow, units, command)
    linked = [_linked(each, today) for each in findings]
    problems = check_proposed(_proposed(command, people, linked, len(uploads)), today)
    if problems or command.acted_on is None:
        raise InvalidInputError(problems)
    case = _row(uow, clock, actor, command, body, command.acted_on)
    case.evidence = [{"digest": each.digest, "name": each.filename} for each in uploads]
    uow.session.add(case)
    uow.session.add_all(_parts(case, command, units, people, findings))
    uow.session.add(_own_membership(clock, actor, case, body))
    uow.session.flush()
    open_case_tasks(uow, clock, actor, case)
    after = {
        "state": case.state,
        "version": 1,
        "number": case.number,
        "trigger": case.trigger,
        "people": [person.name for person in people],
        "findings": [each.number for each in findings],
    }
    record_case(uow, actor, case, "propose", comment=case.legal_basis, after=after)
    return case


def _proposed(
    command: ProposeAccountability,
    people: Sequence[NamedPerson],
    findings: Sequence[LinkedFinding],
    files: int,
) -> ProposedCase:
    return ProposedCase(
        trigger=command.trigger,
        title=command.title,
        facts=command.facts,
        legal_basis=command.legal_basis,
        acted_on=command.acted_on,
        receiver=command.receiver,
        measures=command.measures,
        units=command.units,
        people=tuple(people),
        findings=tuple(findings),
        document_number=command.document_number,
        files=files,
        is_lifetime=command.is_lifetime,
        project_name=command.project_name,
    )


def _body_of(actor: Actor) -> RaisingBody:
    for body, roles in OFFICERS.items():
        if not roles.isdisjoint(actor.roles):
            return body
    raise ForbiddenError(act=act_label(PERMISSION))


def _units(uow: UnitOfWork, actor: Actor, command: ProposeAccountability) -> list[UnitRow]:
    """Return the units in the order they were named, the first one leading."""
    known = {
        unit.unit_id: unit for unit in units_of(uow.session, actor.scope.region, command.units)
    }
    if len(known) != len(set(command.units)):
        raise NotFoundError
    for unit in known.values():
        require_scope(actor, unit)
    return [known[unit_id] for unit_id in dict.fromkeys(command.units)]


def _findings(uow: UnitOfWork, actor: Actor, command: ProposeAccountability) -> list[FindingRow]:
    found = []
    for key in dict.fromkeys(command.findings):
        row = find_finding(uow.session, actor.scope.region, key.fiscal_year, key.finding_id)
        if row is None:
            raise NotFoundError
        found.append(row)
    units = units_of(uow.session, actor.scope.region, [row.unit_id for row in found])
    for unit in units:
        require_scope(actor, unit)
    return found


def _linked(row: FindingRow, today: date) -> LinkedFinding:
    last_day = row.buffer_on or row.due_on
    return LinkedFinding(
        number=row.number,
        is_refused=row.is_refused,
        is_falsified=row.is_falsified,
        is_late=FindingState(row.state) in OPEN_STATES
        and last_day is not None
        and last_day < today,
        is_undone=row.times_reopened > 0 or row.is_partly_recognised,
    )


def _people(
    uow: UnitOfWork, units: Sequence[UnitRow], command: ProposeAccountability
) -> list[NamedPerson]:
    """Return the people named, each as the register knows them on the day."""
    if command.acted_on is None:
        return []
    known = {
        each.ref: each.person
        for unit in units
        for each in responsible_on(uow.session, unit, command.acted_on)
    }
    unknown = [ref for ref in command.people if ref not in known]
    if unknown:
        message = "所选责任人在行为发生日不在任，或不属于所选单位；请按名册重新选择。"
        raise InvalidInputError([FieldProblem("people", "not_in_office", message)])
    found = [known[ref] for ref in dict.fromkeys(command.people)]
    found += [
        NamedPerson(
            each.unit_id,
            each.name.strip(),
            each.title.strip(),
            Capacity.OTHER_PERSON,
            None,
            None,
            each.reason.strip(),
        )
        for each in command.others
    ]
    return found


def _row(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: ProposeAccountability,
    body: RaisingBody,
    acted_on: date,
) -> CaseRow:
    region = actor.scope.region
    return CaseRow(
        region_code=region,
        fiscal_year=command.fiscal_year,
        case_id=new_id(),
        version=1,
        number=next_case_number(uow.session, region, command.fiscal_year),
        state=AccountabilityState.PROPOSED.value,
        trigger=command.trigger.value,
        title=command.title.strip(),
        facts=command.facts.strip(),
        legal_basis=command.legal_basis.strip(),
        document_number=command.document_number.strip(),
        acted_on=acted_on,
        proposed_by_body=body.value,
        receiver=command.receiver.value,
        proposed_measures=[each.value for each in command.measures],
        measures=[],
        unit_id=command.units[0],
        is_lifetime=command.is_lifetime,
        project_name=command.project_name.strip(),
        evidence=[],
        proposed_at=clock.now(),
        proposed_by=actor.account_id,
        proposer_name=actor.name,
        last_on=clock.today(),
        decision_number="",
        changed_at=clock.now(),
    )


def _parts(
    case: CaseRow,
    command: ProposeAccountability,
    units: Sequence[UnitRow],
    people: Sequence[NamedPerson],
    findings: Sequence[FindingRow],
) -> list[CaseUnitRow | CasePersonRow | CaseFindingRow]:
    of_case = {
        "region_code": case.region_code,
        "fiscal_year": case.fiscal_year,
        "case_id": case.case_id,
    }
    return [
        *(CaseUnitRow(**of_case, unit_id=unit.unit_id) for unit in units),
        *(
            CaseFindingRow(**of_case, finding_year=each.fiscal_year, finding_id=each.finding_id)
            for each in findings
        ),
        *(
            CasePersonRow(
                **of_case,
                position=position,
                unit_id=person.unit_id,
                name=person.name,
                title=person.title,
                capacity=person.capacity.value,
                started_on=person.started_on,
                ended_on=person.ended_on,
                basis=person.basis,
            )
            for position, person in enumerate(people, start=1)
        ),
    ]


def _own_membership(clock: Clock, actor: Actor, case: CaseRow, body: RaisingBody) -> CaseMemberRow:
    return CaseMemberRow(
        region_code=case.region_code,
        fiscal_year=case.fiscal_year,
        case_id=case.case_id,
        body=MemberBody(body.value).value,
        rights=MemberRights.WORK.value,
        basis="提出机关",
        joined_on=clock.today(),
        inviter_name=actor.name,
    )
