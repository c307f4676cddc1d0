"""States of a self-evaluation and every transition, as data.

Y25-5.4, YC23-5.1, YC23-5.2, HC17.1, SL21-7.3. Late is not refused: overdue is derived from the due
date, not a state. What the performance centre sends back reaches the unit through its office
(HC18.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.errors import RuleBrokenError
from shared.terms import label_of


class SelfEvaluationState(StrEnum):
    """Where a self-evaluation stands."""

    OPEN = "open"
    DRAFT = "draft"
    DEPT_REVIEW = "dept_review"
    FIN_OFFICE_REVIEW = "fin_office_review"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    SCORE_CORRECTED = "score_corrected"
    AWAITING_RELAY = "awaiting_relay"
    PUBLISHED = "published"


class SelfEvaluationAct(StrEnum):
    """What can be done to a self-evaluation."""

    FILL = "fill"
    SUBMIT = "submit"
    APPROVE_DEPT = "approve_dept"
    RETURN_DEPT = "return_dept"
    APPROVE_OFFICE = "approve_office"
    RETURN_OFFICE = "return_office"
    CONFIRM = "confirm"
    CORRECT_SCORE = "correct_score"
    ORDER_RE_EVALUATION = "order_re_evaluation"
    RELAY_RETURN = "relay_return"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Transition:
    """`act` brings a form from `source` to `to`; `permission` is what the actor must hold."""

    source: SelfEvaluationState
    act: SelfEvaluationAct
    to: SelfEvaluationState
    permission: str


def _edge(
    source: SelfEvaluationState, act: SelfEvaluationAct, to: SelfEvaluationState, permission: str
) -> Transition:
    return Transition(source, act, to, f"evaluation.self_evaluation.{permission}")


_S, _A = SelfEvaluationState, SelfEvaluationAct
TRANSITIONS: tuple[Transition, ...] = (
    _edge(_S.OPEN, _A.FILL, _S.DRAFT, "fill"),
    _edge(_S.DRAFT, _A.FILL, _S.DRAFT, "fill"),
    _edge(_S.DRAFT, _A.SUBMIT, _S.DEPT_REVIEW, "submit"),
    _edge(_S.DEPT_REVIEW, _A.APPROVE_DEPT, _S.FIN_OFFICE_REVIEW, "review_dept"),
    _edge(_S.DEPT_REVIEW, _A.RETURN_DEPT, _S.DRAFT, "review_dept"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.APPROVE_OFFICE, _S.ACCEPTED, "review_office"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.RETURN_OFFICE, _S.DRAFT, "review_office"),
    _edge(_S.ACCEPTED, _A.CONFIRM, _S.CONFIRMED, "recheck"),
    _edge(_S.ACCEPTED, _A.CORRECT_SCORE, _S.SCORE_CORRECTED, "recheck"),
    _edge(_S.ACCEPTED, _A.ORDER_RE_EVALUATION, _S.AWAITING_RELAY, "recheck"),
    _edge(_S.AWAITING_RELAY, _A.RELAY_RETURN, _S.DRAFT, "review_office"),
    _edge(_S.ACCEPTED, _A.PUBLISH, _S.PUBLISHED, "publish"),
    _edge(_S.CONFIRMED, _A.PUBLISH, _S.PUBLISHED, "publish"),
    _edge(_S.SCORE_CORRECTED, _A.PUBLISH, _S.PUBLISHED, "publish"),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in TRANSITIONS}

WITH_UNIT = frozenset({_S.OPEN, _S.DRAFT})
"""States in which the unit may still write."""
REVIEWING_STATES = frozenset({_S.DEPT_REVIEW, _S.FIN_OFFICE_REVIEW, _S.AWAITING_RELAY})
"""States in which a reviewer, or the office that hands on what came back, is waited for."""
ACCEPTED_STATES = frozenset({_S.ACCEPTED, _S.CONFIRMED, _S.SCORE_CORRECTED, _S.PUBLISHED})
"""States in which the result counts."""


class TransitionRefusedError(RuleBrokenError):
    """The act does not fit the state the form is in."""

    code: ClassVar[str] = "self_evaluation_transition_refused"
    sentence: ClassVar[str] = "自评表目前为「{state}」，不能进行这一步；请刷新页面核对最新状态。"


def next_state(state: SelfEvaluationState, act: SelfEvaluationAct) -> Transition:
    """Return the transition `act` makes from `state`; raise `TransitionRefusedError` if none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise TransitionRefusedError(state=label_of(state)) from None


def acts_from(state: SelfEvaluationState) -> tuple[Transition, ...]:
    """Return the transitions possible from `state`, in the order of the table."""
    return tuple(edge for edge in TRANSITIONS if edge.source is state)
