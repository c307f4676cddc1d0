"""Loads an accountability case for an act and moves it: state, paper, tasks and trail together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.oversight_svc.domain.accountability import (
    DECIDERS,
    HEADS,
    OFFICERS,
    SENT_STATES,
    AccountabilityAct,
    AccountabilityState,
    CaseParty,
    CaseTransition,
    CompetentBody,
    case_acts_from,
    check_case_party,
    check_own_proposal,
    next_case_state,
)
from services.oversight_svc.domain.accountability_proof import AccountabilityMeasure
from services.oversight_svc.store.accountability import CasePaperRow, CaseRow, find_case
from services.oversight_svc.store.accountability_sight import may_see
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.recording import record_on
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import NotFoundError, StaleVersionError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.tasks.work import NewTask, close_tasks, open_task
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, Role

SUBJECT = "oversight.accountability"
_S = AccountabilityState


@dataclass(frozen=True, slots=True)
class CaseKey:
    """Names a case inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    case_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is entered with a step: its document, what it says, and a decision's measures."""

    document_number: str = ""
    dated_on: date | None = None
    scan_digest: str = ""
    text: str = ""
    leader_name: str = ""
    measures: tuple[AccountabilityMeasure, ...] = ()
    term_on: date | None = None


def load_case(uow: UnitOfWork, actor: Actor, key: CaseKey, permission: str) -> CaseRow:
    """Return a case the actor may see, locked.

    Raises `ForbiddenError`, `NotFoundError` when it is not for the actor's eyes, or
    `StaleVersionError` when it changed since the actor read it.
    """
    require(actor, permission)
    region = actor.scope.region
    case = find_case(uow.session, region, key.fiscal_year, key.case_id, lock=True)
    unit = find_unit(uow.session, region, case.unit_id) if case else None
    if case is None or unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if not may_see(uow.session, actor, case):
        raise NotFoundError
    if case.version != key.version:
        raise StaleVersionError
    return case


def receiver_of(case: CaseRow) -> CompetentBody:
    """Return the body the case goes to."""
    return CompetentBody(case.receiver)


def check_case_turn(actor: Actor, case: CaseRow, act: AccountabilityAct) -> CaseTransition:
    """Return the transition; raise unless the state allows `act` and it is this actor's to do.

    `CaseRefusedError`, `ForbiddenError`, `OtherPartyError` or `OwnProposalError`.
    """
    edge = next_case_state(AccountabilityState(case.state), act)
    require(actor, edge.permission)
    body = RaisingBody(case.proposed_by_body)
    check_case_party(edge, body, receiver_of(case), actor.roles)
    check_own_proposal(act, actor.account_id, case.proposed_by)
    return edge


def move_case(
    uow: UnitOfWork, clock: Clock, actor: Actor, case: CaseRow, act: AccountabilityAct, step: Step
) -> None:
    """Apply `act` with its paper: next state and version, tasks for who is next, trail."""
    edge = check_case_turn(actor, case, act)
    before = {"state": case.state, "version": case.version}
    keep_paper(uow, clock, actor, case, act, step)
    case.state = edge.to.value
    case.version += 1
    case.changed_at = clock.now()
    case.last_on = step.dated_on or clock.today()
    close_tasks(uow, clock, actor, case.case_id, outcome=act.value)
    open_case_tasks(uow, clock, actor, case)
    after = {"state": case.state, "version": case.version}
    if step.measures:
        after["measures"] = "、".join(label_of(each) for each in step.measures)
    if step.document_number.strip():
        after["document_number"] = step.document_number.strip()
    record_case(uow, actor, case, act.value, comment=step.text.strip(), before=before, after=after)


def keep_paper(
    uow: UnitOfWork, clock: Clock, actor: Actor, case: CaseRow, act: AccountabilityAct, step: Step
) -> None:
    """Keep what was entered with a step; raise `InvalidInputError` for another's file."""
    scans = own_uploads(uow, clock, actor, [step.scan_digest])
    uow.session.add(
        CasePaperRow(
            region_code=case.region_code,
            fiscal_year=case.fiscal_year,
            paper_id=new_id(),
            case_id=case.case_id,
            act=act.value,
            document_number=step.document_number.strip(),
            dated_on=step.dated_on,
            scan_digest=step.scan_digest,
            scan_name=scans[0].filename if scans else "",
            text=step.text.strip(),
            leader_name=step.leader_name.strip(),
            measures=[each.value for each in step.measures],
            term_on=step.term_on,
            entered_at=clock.now(),
            entered_by=actor.account_id,
            enterer_name=actor.name,
            post_name=actor.post_name,
        )
    )


def record_case(
    uow: UnitOfWork,
    actor: Actor,
    case: CaseRow,
    name: str,
    *,
    comment: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write `oversight.accountability.<name>` into the trail."""
    record_on(
        uow,
        actor,
        case,
        f"{SUBJECT}.{name}",
        (SUBJECT, case.case_id, f"{case.number} {case.title}"),
        unit_id=case.unit_id,
        comment=comment,
        before=before,
        after=after,
    )


_TASKS: Mapping[AccountabilityState, tuple[str, str]] = {
    _S.PROPOSED: ("review", "审核问责建议"),
    _S.REVIEWED: ("send", "提请或移送"),
    _S.SUBMITTED: ("answer", "登记受理情况"),
    _S.TRANSFERRED_TO_DISCIPLINE: ("answer", "登记受理情况"),
    _S.TRANSFERRED_TO_ORGANISATION: ("answer", "登记受理情况"),
    _S.ACCEPTED: ("decide", "登记处理决定"),
    _S.DECIDED: ("execute", "登记执行情况"),
    _S.APPEALED: ("answer_appeal", "登记复核结果"),
    _S.DECLINED: ("close", "办结"),
    _S.EXECUTED: ("close", "办结"),
    _S.UPHELD: ("close", "办结"),
    _S.CHANGED: ("execute", "登记执行情况"),
}


_DECIDERS_TURN = (*SENT_STATES, _S.ACCEPTED, _S.APPEALED)


def task_title(state: AccountabilityState) -> str:
    """Return what is waited for in `state`, empty when it is over."""
    return _TASKS[state][1] if state in _TASKS else ""


def waiting_roles(case: CaseRow) -> list[Role]:
    """Return the roles whose desk shows the case: head, proposer, and the competent body."""
    state, body = AccountabilityState(case.state), RaisingBody(case.proposed_by_body)
    parties = {edge.party for edge in case_acts_from(state)}
    if CaseParty.HEAD in parties:
        return sorted(HEADS[body])
    # An audit head proposes like an officer and would find every task twice.
    officer = sorted(OFFICERS[body] - HEADS[body]) or sorted(OFFICERS[body])
    decider = [DECIDERS[receiver_of(case)]] if state in _DECIDERS_TURN else []
    return list(dict.fromkeys([*officer, *decider]))


def open_case_tasks(uow: UnitOfWork, clock: Clock, actor: Actor, case: CaseRow) -> None:
    """Open the tasks of the case's present state, nothing where it is over."""
    state = AccountabilityState(case.state)
    if state not in _TASKS:
        return
    kind, title = _TASKS[state]
    due_on, provisional = _due(uow, clock, case, state)
    for role in waiting_roles(case):
        open_task(
            uow,
            clock,
            actor,
            NewTask(
                kind=f"{SUBJECT}_{kind}",
                title=f"{title}：{case.number} {case.title}",
                subject_kind=SUBJECT,
                subject_id=case.case_id,
                region=case.region_code,
                fiscal_year=case.fiscal_year,
                unit_id=case.unit_id,
                role=role.value,
                tab="review" if state is _S.PROPOSED else "todo",
                due_on=due_on,
                provisional=provisional,
            ),
        )


def _due(
    uow: UnitOfWork, clock: Clock, case: CaseRow, state: AccountabilityState
) -> tuple[date | None, bool]:
    """Own steps take the pack's working days, execution the decision's term, others no date."""
    if state in (_S.DECIDED, _S.CHANGED):
        return case.term_on, False
    if state not in (_S.PROPOSED, _S.REVIEWED):
        return None, False
    pack = policy_for(uow.session, case.region_code, case.fiscal_year)
    reckoned = load_calendar(uow.session).add_workdays(
        clock.today(), pack.rectification.review_workdays
    )
    return reckoned.day, reckoned.provisional
