"""Acts: review, send, answer, decide, carry out, appeal and close an accountability case.

Every step is entered with its document. A decision is the competent body's: what is kept is its
number, date, scan and what it says.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.domain.accountability import (
    HEADS,
    RECEIVERS,
    AccountabilityAct,
    AccountabilityState,
    check_close,
)
from services.oversight_svc.domain.accountability_proof import (
    PROPOSABLE,
    Paper,
    check_reviewed,
    check_step,
)
from services.oversight_svc.store.accountability import CaseRow, CaseUnitRow, of_case
from services.oversight_svc.usecases.accountability_moving import (
    CaseKey,
    Step,
    check_case_turn,
    load_case,
    move_case,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.events.envelope import Subject
from shared.events.oversight import ACCOUNTABILITY_DECIDED
from shared.terms.vocabulary import RaisingBody

_A = AccountabilityAct


@dataclass(frozen=True, slots=True)
class AdvanceAccountability:
    """Which case, which act, and what is entered with it."""

    key: CaseKey
    act: AccountabilityAct
    step: Step


def advance_accountability(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: AdvanceAccountability
) -> CaseRow:
    """Take one step; return the case.

    Raises `InvalidInputError` for what is missing, `CaseRefusedError` when the state does not
    allow it, `OtherPartyError` or `OwnProposalError` when it is another's to do, and
    `NotExecutedError` for closing a decision nobody has carried out.
    """
    case = load_case(uow, actor, command.key, "oversight.accountability.view")
    check_case_turn(actor, case, command.act)
    _check(clock, actor, case, command)
    _keep(clock, case, command)
    move_case(uow, clock, actor, case, command.act, command.step)
    if command.act in (_A.DECIDE, _A.CHANGE):
        _tell_decision(uow, actor, case)
    return case


def _tell_decision(uow: UnitOfWork, actor: Actor, case: CaseRow) -> None:
    """Tell what touches the units' budgets; sanctions on persons stay in the case."""
    units = of_case(uow.session, CaseUnitRow, case, CaseUnitRow.unit_id)
    proposable = {each.value for each in PROPOSABLE}
    uow.emit(
        ACCOUNTABILITY_DECIDED,
        Subject(case.case_id, case.version, case.region_code, case.fiscal_year),
        actor,
        {
            "number": case.number,
            "unit_ids": [row.unit_id for row in units],
            "measures": [each for each in case.measures if each in proposable],
            "document_number": case.decision_number,
            "decided_on": case.decided_on,
        },
    )


def _check(clock: Clock, actor: Actor, case: CaseRow, command: AdvanceAccountability) -> None:
    act, step = command.act, command.step
    if act in (_A.REVIEW, _A.DROP):
        is_head = not HEADS[RaisingBody(case.proposed_by_body)].isdisjoint(actor.roles)
        problems = check_reviewed(
            act,
            step.text,
            is_head=is_head,
            leader_name=step.leader_name,
            scan_digest=step.scan_digest,
        )
    else:
        problems = check_step(
            act,
            Paper(step.document_number, step.dated_on, step.scan_digest),
            step.text,
            step.measures,
            earliest=case.last_on if case.sent_on else None,
            term_on=step.term_on,
            today=clock.today(),
        )
    if problems:
        raise InvalidInputError(problems)
    if act is _A.CLOSE:
        check_close(
            AccountabilityState(case.state),
            is_executed=case.executed_on is not None,
            has_measures=bool(case.measures),
        )


def _keep(clock: Clock, case: CaseRow, command: AdvanceAccountability) -> None:
    """Set what the case itself shows of the step."""
    act, step = command.act, command.step
    if act in RECEIVERS:
        case.receiver = RECEIVERS[act].value
        case.sent_on = step.dated_on
    elif act in (_A.DECIDE, _A.CHANGE):
        case.decided_on = step.dated_on
        case.decision_number = step.document_number.strip()
        case.measures = [each.value for each in step.measures]
        case.term_on = step.term_on
        case.executed_on = None
    elif act is _A.EXECUTE:
        case.executed_on = step.dated_on
    elif act is _A.CLOSE:
        case.closed_on = clock.today()
