"""Who is waited for in each state of a finding (HC7.1, HC20.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.oversight_svc.domain.finding_states import FindingState, Party
from shared.terms.vocabulary import RaisingBody, Role


class TaskDate(StrEnum):
    """Where a task's date comes from."""

    NONE = "none"
    RECEIPT = "receipt"  # the notice must be signed for by then
    DUE = "due"  # the finding's own due date
    REVIEW = "review"  # the pack's working days for one step of the office


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The task a state opens; `party` says whose turn it is, `tab` where the desk shows it."""

    kind: str
    title: str
    party: Party
    tab: str
    date: TaskDate


_S, _P, _D = FindingState, Party, TaskDate
_RULES = {
    _S.REGISTERED: TaskRule("notify", "下达整改通知", _P.OFFICE, "todo", _D.REVIEW),
    _S.NOTIFIED: TaskRule("sign_for", "签收整改通知", _P.UNIT, "todo", _D.RECEIPT),
    _S.ACCEPTED_BY_UNIT: TaskRule("plan", "报送整改方案", _P.UNIT, "todo", _D.DUE),
    _S.DISPUTED: TaskRule("decide_dispute", "处理异议", _P.RAISING_BODY, "review", _D.REVIEW),
    _S.RECTIFYING: TaskRule("report", "报送整改情况", _P.UNIT, "todo", _D.DUE),
    _S.REPORTED: TaskRule("recheck", "复核整改情况", _P.OFFICE, "review", _D.REVIEW),
    _S.VERIFIED: TaskRule("recognise", "认定整改结果", _P.RAISING_BODY, "review", _D.REVIEW),
    _S.CLOSED_OUT: TaskRule("look_back", "回头看", _P.RAISING_BODY, "todo", _D.NONE),
    _S.CONFIRMED: TaskRule("re_question", "再问效", _P.RAISING_BODY, "todo", _D.NONE),
    _S.EFFECTIVE: TaskRule("archive", "归档", _P.RAISING_BODY, "todo", _D.NONE),
}
_RETURNED = TaskRule("revise", "继续整改后重新报送", _P.UNIT, "returned", _D.DUE)
BODY_ROLE = {
    RaisingBody.FINANCE: Role.FIN_PERF,
    RaisingBody.AUDIT: Role.AUDIT_OFFICER,
    RaisingBody.DISCIPLINE: Role.DISCIPLINE_OFFICER,
}
"""At whose desk a task of a body waits."""


def task_for(state: FindingState, *, returned: bool = False) -> TaskRule | None:
    """Return the task of `state`, or `None` where nobody is waited for any more."""
    if returned and state is FindingState.RECTIFYING:
        return _RETURNED
    return _RULES.get(state)


def role_for(party: Party, body: RaisingBody) -> Role:
    """Return the role that finds the task on its desk; finance drives through its offices."""
    if party is Party.UNIT:
        return Role.UNIT_OPERATOR
    if party is Party.OFFICE and body is RaisingBody.FINANCE:
        return Role.FIN_OFFICE
    return BODY_ROLE[body]
