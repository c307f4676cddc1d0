"""States of an accountability case and every act on it, as data (YC23-6.5, SL21-R4, JN22-5.3).

The software records what competent bodies decide and never decides a sanction; nothing becomes a
case by itself, and no document means no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.errors import RuleBrokenError
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, Role


class AccountabilityState(StrEnum):
    """Where a case stands between being proposed and being closed."""

    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    DROPPED = "dropped"
    SUBMITTED = "submitted"
    TRANSFERRED_TO_DISCIPLINE = "transferred_to_discipline"
    TRANSFERRED_TO_ORGANISATION = "transferred_to_organisation"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DECIDED = "decided"
    EXECUTED = "executed"
    APPEALED = "appealed"
    UPHELD = "upheld"
    CHANGED = "changed"
    CLOSED = "closed"


class AccountabilityAct(StrEnum):
    """What can be done to a case."""

    REVIEW = "review"
    DROP = "drop"
    SUBMIT = "submit"
    TRANSFER_TO_DISCIPLINE = "transfer_to_discipline"
    TRANSFER_TO_ORGANISATION = "transfer_to_organisation"
    ACCEPT = "accept"
    DECLINE = "decline"
    DECIDE = "decide"
    EXECUTE = "execute"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    CHANGE = "change"
    CLOSE = "close"


class CompetentBody(StrEnum):
    """The body that decides: finance and audit propose, they never decide."""

    GOVERNMENT = "government"
    DISCIPLINE = "discipline"
    ORGANISATION = "organisation"


class CaseParty(StrEnum):
    """Whose act it is; the right decides the role, the party which case."""

    HEAD = "head"  # the head of the proposing body, or an officer of it with the head's signature
    PROPOSER = "proposer"  # the proposing body
    COMPETENT = "competent"  # the competent body, or the proposing body with that body's document


OFFICERS: Mapping[RaisingBody, frozenset[Role]] = {
    RaisingBody.FINANCE: frozenset({Role.FIN_PERF}),
    RaisingBody.AUDIT: frozenset({Role.AUDIT_OFFICER, Role.AUDIT_HEAD}),
    RaisingBody.DISCIPLINE: frozenset({Role.DISCIPLINE_OFFICER}),
}
"""Who proposes in the name of a body."""

HEADS: Mapping[RaisingBody, frozenset[Role]] = {
    RaisingBody.FINANCE: frozenset({Role.FIN_LEADER_GROUP}),
    RaisingBody.AUDIT: frozenset({Role.AUDIT_HEAD}),
    RaisingBody.DISCIPLINE: frozenset({Role.DISCIPLINE_OFFICER}),
}
"""Who reviews in the name of a body; the group at the bureau has no post for its head alone."""

DECIDERS: Mapping[CompetentBody, Role] = {
    CompetentBody.GOVERNMENT: Role.GOV_APPROVER,
    CompetentBody.DISCIPLINE: Role.DISCIPLINE_OFFICER,
    CompetentBody.ORGANISATION: Role.ORG_DEPT,
}


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """`act` brings a case from `source` to `to`; `permission` is what the actor must hold."""

    source: AccountabilityState
    act: AccountabilityAct
    to: AccountabilityState
    permission: str
    party: CaseParty


_S, _A, _P = AccountabilityState, AccountabilityAct, CaseParty
SENT_STATES = (_S.SUBMITTED, _S.TRANSFERRED_TO_DISCIPLINE, _S.TRANSFERRED_TO_ORGANISATION)
"""With the competent body, which has not said yet whether it takes the case."""

ENDED_STATES = (_S.DROPPED, _S.CLOSED)

RECEIVERS: Mapping[AccountabilityAct, CompetentBody] = {
    _A.SUBMIT: CompetentBody.GOVERNMENT,
    _A.TRANSFER_TO_DISCIPLINE: CompetentBody.DISCIPLINE,
    _A.TRANSFER_TO_ORGANISATION: CompetentBody.ORGANISATION,
}


def _edge(
    source: AccountabilityState, act: AccountabilityAct, to: AccountabilityState
) -> CaseTransition:
    name, party = "enter", _P.COMPETENT
    if act in (_A.REVIEW, _A.DROP):
        name, party = "review", _P.HEAD
    elif act in RECEIVERS or act is _A.CLOSE:
        name, party = "send", _P.PROPOSER
    return CaseTransition(source, act, to, f"oversight.accountability.{name}", party)


CASE_TRANSITIONS: tuple[CaseTransition, ...] = (
    _edge(_S.PROPOSED, _A.REVIEW, _S.REVIEWED),
    _edge(_S.PROPOSED, _A.DROP, _S.DROPPED),
    _edge(_S.REVIEWED, _A.SUBMIT, _S.SUBMITTED),
    _edge(_S.REVIEWED, _A.TRANSFER_TO_DISCIPLINE, _S.TRANSFERRED_TO_DISCIPLINE),
    _edge(_S.REVIEWED, _A.TRANSFER_TO_ORGANISATION, _S.TRANSFERRED_TO_ORGANISATION),
    *(_edge(state, _A.ACCEPT, _S.ACCEPTED) for state in SENT_STATES),
    *(_edge(state, _A.DECLINE, _S.DECLINED) for state in SENT_STATES),
    _edge(_S.ACCEPTED, _A.DECIDE, _S.DECIDED),
    _edge(_S.DECIDED, _A.EXECUTE, _S.EXECUTED),
    _edge(_S.DECIDED, _A.APPEAL, _S.APPEALED),
    _edge(_S.EXECUTED, _A.APPEAL, _S.APPEALED),
    _edge(_S.APPEALED, _A.UPHOLD, _S.UPHELD),
    _edge(_S.APPEALED, _A.CHANGE, _S.CHANGED),
    _edge(_S.UPHELD, _A.EXECUTE, _S.EXECUTED),
    _edge(_S.CHANGED, _A.EXECUTE, _S.EXECUTED),
    *(
        _edge(state, _A.CLOSE, _S.CLOSED)
        for state in (_S.DECLINED, _S.EXECUTED, _S.UPHELD, _S.CHANGED)
    ),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in CASE_TRANSITIONS}


class CaseRefusedError(RuleBrokenError):
    """The act does not fit the state the case is in."""

    code: ClassVar[str] = "accountability_refused"
    sentence: ClassVar[str] = (
        "问责事项目前为「{state}」，不能办理「{act}」；请刷新页面，按最新状态办理。"
    )


class OtherPartyError(RuleBrokenError):
    """The step is another body's."""

    code: ClassVar[str] = "accountability_other_party"
    sentence: ClassVar[str] = "「{act}」须由{who}办理；您可以查看，也可以提醒对方办理。"


class OwnProposalError(RuleBrokenError):
    """Nobody reviews the proposal they made."""

    code: ClassVar[str] = "accountability_own_proposal"
    sentence: ClassVar[str] = (
        "这项问责建议由您本人提出，「{act}」须由另一人办理；请交给本机关负责人。"
    )


class NotExecutedError(RuleBrokenError):
    """A decision stands that nobody has shown to be carried out."""

    code: ClassVar[str] = "accountability_not_executed"
    sentence: ClassVar[str] = "决定还没有执行情况，不能办结；请先登记执行情况和证明材料。"


def next_case_state(state: AccountabilityState, act: AccountabilityAct) -> CaseTransition:
    """Return the transition `act` makes from `state`; raise `CaseRefusedError` if none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise CaseRefusedError(state=label_of(state), act=label_of(act)) from None


def case_acts_from(state: AccountabilityState) -> tuple[CaseTransition, ...]:
    """Return every transition that leaves `state`, in the order of the table."""
    return tuple(edge for edge in CASE_TRANSITIONS if edge.source is state)


def roles_for(
    party: CaseParty, body: RaisingBody, receiver: CompetentBody | None
) -> frozenset[Role]:
    """Return the roles that may speak for `party` on a case `body` proposed."""
    officers = OFFICERS[body]
    if party is CaseParty.HEAD:
        return officers | HEADS[body]
    if party is CaseParty.COMPETENT and receiver is not None:
        return officers | {DECIDERS[receiver]}
    return officers


def check_case_party(
    edge: CaseTransition,
    body: RaisingBody,
    receiver: CompetentBody | None,
    roles: frozenset[str],
) -> None:
    """Raise `OtherPartyError` unless one of `roles` may take this step."""
    if roles_for(edge.party, body, receiver).isdisjoint(roles):
        who = label_of(receiver) if edge.party is CaseParty.COMPETENT and receiver else ""
        who = f"{who}或{label_of(body)}" if who else label_of(body)
        raise OtherPartyError(act=label_of(edge.act), who=who)


def check_own_proposal(
    act: AccountabilityAct, account_id: UUID | None, proposed_by: UUID | None
) -> None:
    """Raise `OwnProposalError` when the proposer reviews; four eyes at least (SL21-R2)."""
    reviewing = act in (AccountabilityAct.REVIEW, AccountabilityAct.DROP)
    if reviewing and account_id is not None and account_id == proposed_by:
        raise OwnProposalError(act=label_of(act))


def check_close(state: AccountabilityState, *, is_executed: bool, has_measures: bool) -> None:
    """Raise `NotExecutedError` while a decision with measures is not carried out."""
    decided = state in (_S.UPHELD, _S.CHANGED)
    if decided and has_measures and not is_executed:
        raise NotExecutedError
