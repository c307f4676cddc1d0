"""States of a monitoring report and every transition, as data.

Y25-4.1, YC23-4.1, SL21-6.1, HC15.1, HC16.1. Late is not refused: overdue is derived from the due
date, not a state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.errors import RuleBrokenError
from shared.terms import label_of


class ReportState(StrEnum):
    """Where a monitoring report stands."""

    OPEN = "open"
    DRAFT = "draft"
    DEPT_REVIEW = "dept_review"
    FIN_OFFICE_REVIEW = "fin_office_review"
    AGGREGATED = "aggregated"
    CORRECTING = "correcting"
    CLOSED = "closed"


class ReportAct(StrEnum):
    """What can be done to a report."""

    FILL = "fill"
    SUBMIT = "submit"
    APPROVE_DEPT = "approve_dept"
    RETURN_DEPT = "return_dept"
    APPROVE_OFFICE = "approve_office"
    RETURN_OFFICE = "return_office"
    CONCLUDE = "conclude"
    ORDER_CORRECTION = "order_correction"
    VERIFY_CORRECTION = "verify_correction"


@dataclass(frozen=True, slots=True)
class Transition:
    """`act` brings a report from `source` to `to`; `permission` is what the actor must hold."""

    source: ReportState
    act: ReportAct
    to: ReportState
    permission: str


def _edge(source: ReportState, act: ReportAct, to: ReportState, permission: str) -> Transition:
    return Transition(source, act, to, f"monitoring.report.{permission}")


_S, _A = ReportState, ReportAct
TRANSITIONS: tuple[Transition, ...] = (
    _edge(_S.OPEN, _A.FILL, _S.DRAFT, "fill"),
    _edge(_S.DRAFT, _A.FILL, _S.DRAFT, "fill"),
    _edge(_S.DRAFT, _A.SUBMIT, _S.DEPT_REVIEW, "submit"),
    _edge(_S.DEPT_REVIEW, _A.APPROVE_DEPT, _S.FIN_OFFICE_REVIEW, "review_dept"),
    _edge(_S.DEPT_REVIEW, _A.RETURN_DEPT, _S.DRAFT, "review_dept"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.APPROVE_OFFICE, _S.AGGREGATED, "review_office"),
    _edge(_S.FIN_OFFICE_REVIEW, _A.RETURN_OFFICE, _S.DRAFT, "review_office"),
    _edge(_S.AGGREGATED, _A.CONCLUDE, _S.CLOSED, "aggregate"),
    _edge(_S.AGGREGATED, _A.ORDER_CORRECTION, _S.CORRECTING, "aggregate"),
    _edge(_S.CORRECTING, _A.VERIFY_CORRECTION, _S.CLOSED, "review_office"),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in TRANSITIONS}

WITH_UNIT = frozenset({_S.OPEN, _S.DRAFT})
"""States in which the unit may still write."""
REVIEWING_STATES = frozenset({_S.DEPT_REVIEW, _S.FIN_OFFICE_REVIEW})
"""States in which a reviewer is waited for."""
ACCEPTED_STATES = frozenset({_S.AGGREGATED, _S.CORRECTING, _S.CLOSED})
"""Accepted by the office: what it shows may be handed to oversight as a problem."""


class TransitionRefusedError(RuleBrokenError):
    """The act does not fit the state the report is in."""

    code: ClassVar[str] = "report_transition_refused"
    sentence: ClassVar[str] = "监控表目前为「{state}」，不能进行这一步；请刷新页面核对最新状态。"


def next_state(state: ReportState, act: ReportAct) -> Transition:
    """Return the transition `act` makes from `state`; raise `TransitionRefusedError` if none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise TransitionRefusedError(state=label_of(state)) from None


def acts_from(state: ReportState) -> tuple[Transition, ...]:
    """Return the transitions possible from `state`, in the order of the table."""
    return tuple(edge for edge in TRANSITIONS if edge.source is state)
