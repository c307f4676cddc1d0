"""States of a target and every transition between them, as data.

YC23-2.1, SL21-5.5, HC13.2, HC14.1.

A review returns through the 业务股室: what 绩效中心 sends back waits in `awaiting_relay` until the
lead office passes it on to the unit (HC18.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.errors import RuleBrokenError
from shared.terms import label_of


class TargetState(StrEnum):
    """Where a target stands."""

    DRAFT = "draft"
    DEPT_REVIEW = "dept_review"
    FIN_OFFICE_REVIEW = "fin_office_review"
    FIN_PERF_REVIEW = "fin_perf_review"
    JOINT_REVIEW = "joint_review"
    AWAITING_RELAY = "awaiting_relay"
    REVIEW_PASSED = "review_passed"
    REJECTED = "rejected"
    TABLED = "tabled"
    APPROVED_ISSUED = "approved_issued"
    ACTIVE = "active"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class TargetAct(StrEnum):
    """What can be done to a target."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE_DEPT = "approve_dept"
    RETURN_DEPT = "return_dept"
    APPROVE_OFFICE = "approve_office"
    RETURN_OFFICE = "return_office"
    PICK_JOINT = "pick_joint"
    APPROVE_PERF = "approve_perf"
    RETURN_PERF = "return_perf"
    REJECT_PERF = "reject_perf"
    RELAY_RETURN = "relay_return"
    REOPEN = "reopen"
    TABLE = "table"
    APPROVE = "approve"
    ISSUE = "issue"
    WITHDRAW = "withdraw"


PASSED_STATES = frozenset(
    {
        TargetState.REVIEW_PASSED,
        TargetState.TABLED,
        TargetState.APPROVED_ISSUED,
        TargetState.ACTIVE,
        TargetState.CLOSED,
    }
)
"""States in which the review has been passed: what the gate asks for (SL21-5.5)."""

_BEFORE_APPROVAL = (
    TargetState.DRAFT,
    TargetState.DEPT_REVIEW,
    TargetState.FIN_OFFICE_REVIEW,
    TargetState.FIN_PERF_REVIEW,
    TargetState.JOINT_REVIEW,
    TargetState.AWAITING_RELAY,
    TargetState.REVIEW_PASSED,
    TargetState.REJECTED,
    TargetState.TABLED,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """`act` brings a target from `source` to `to`; `permission` is what the actor must hold."""

    source: TargetState
    act: TargetAct
    to: TargetState
    permission: str


def _edge(source: TargetState, act: TargetAct, to: TargetState, permission: str) -> Transition:
    return Transition(source, act, to, f"target.target.{permission}")


_S, _A = TargetState, TargetAct
TRANSITIONS: tuple[Transition, ...] = (
    _edge(_S.DRAFT, _A.EDIT, _S.DRAFT, "edit"),
    _edge(_S.DRAFT, _A.SUBMIT, _S.DEPT_REVIEW, "submit"),
    _edge(_S.DEPT_REVIEW, _A.APPROVE_DEPT, _S.FIN_OFFICE_REVIEW, "review_dept"),
    _edge(_S.DEPT_REVIEW, _A.RETURN_DEPT, _S.DRAFT, "review_dept"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.APPROVE_OFFICE, _S.FIN_PERF_REVIEW, "review_office"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.RETURN_OFFICE, _S.DRAFT, "review_office"),
    _edge(_S.FIN_PERF_REVIEW, _A.PICK_JOINT, _S.JOINT_REVIEW, "pick_joint"),
    *(
        edge
        for source in (_S.FIN_PERF_REVIEW, _S.JOINT_REVIEW)
        for edge in (
            _edge(source, _A.APPROVE_PERF, _S.REVIEW_PASSED, "review_perf"),
            _edge(source, _A.RETURN_PERF, _S.AWAITING_RELAY, "review_perf"),
            _edge(source, _A.REJECT_PERF, _S.REJECTED, "review_perf"),
        )
    ),
    _edge(_S.AWAITING_RELAY, _A.RELAY_RETURN, _S.DRAFT, "review_office"),
    _edge(_S.REJECTED, _A.REOPEN, _S.AWAITING_RELAY, "review_perf"),
    _edge(_S.REVIEW_PASSED, _A.TABLE, _S.TABLED, "table"),
    _edge(_S.TABLED, _A.APPROVE, _S.APPROVED_ISSUED, "approve"),
    _edge(_S.APPROVED_ISSUED, _A.ISSUE, _S.ACTIVE, "issue"),
    *(_edge(source, _A.WITHDRAW, _S.WITHDRAWN, "withdraw") for source in _BEFORE_APPROVAL),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in TRANSITIONS}


class TransitionRefusedError(RuleBrokenError):
    """The act does not fit the state the target is in."""

    code: ClassVar[str] = "target_transition_refused"
    sentence: ClassVar[str] = "目标目前为「{state}」，不能进行这一步；请刷新页面核对最新状态。"


def next_state(state: TargetState, act: TargetAct) -> Transition:
    """Return the transition `act` makes from `state`; raise `TransitionRefusedError` if none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise TransitionRefusedError(state=label_of(state)) from None


def acts_from(state: TargetState) -> tuple[Transition, ...]:
    """Return the transitions possible from `state`, in the order of the table."""
    return tuple(edge for edge in TRANSITIONS if edge.source is state)
