"""States of a finding and every transition, as data.

Y25-6.2, Y25-6.4, YC23-6.4, HC20.1, JN22-5.3. Overdue is derived from the due date, not a state;
nothing becomes an accountability case by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.errors import RuleBrokenError
from shared.terms import label_of


class FindingState(StrEnum):
    """Where a finding stands between being raised and being archived."""

    REGISTERED = "registered"
    NOTIFIED = "notified"
    ACCEPTED_BY_UNIT = "accepted_by_unit"
    DISPUTED = "disputed"
    RECTIFYING = "rectifying"
    REPORTED = "reported"
    VERIFIED = "verified"
    CLOSED_OUT = "closed_out"
    CONFIRMED = "confirmed"
    EFFECTIVE = "effective"
    ARCHIVED = "archived"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class FindingAct(StrEnum):
    """What can be done to a finding."""

    NOTIFY = "notify"
    SIGN_FOR = "sign_for"
    DISPUTE = "dispute"
    UPHOLD_DISPUTE = "uphold_dispute"
    REJECT_DISPUTE = "reject_dispute"
    PLAN = "plan"
    NOTE_PROGRESS = "note_progress"
    REPORT = "report"
    VERIFY = "verify"
    RETURN_REPORT = "return_report"
    RECOGNISE = "recognise"
    RECOGNISE_PARTLY = "recognise_partly"
    REFUSE_RECOGNITION = "refuse_recognition"
    CONFIRM = "confirm"
    RELAPSE = "relapse"
    EXPOSE = "expose"
    PROVE_EFFECTIVE = "prove_effective"
    PROVE_INEFFECTIVE = "prove_ineffective"
    ARCHIVE = "archive"
    EXTEND = "extend"
    DETERMINE_REFUSAL = "determine_refusal"
    MERGE = "merge"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    """Whose act it is; the right decides the role, the party which finding."""

    UNIT = "unit"  # the lead unit of the finding
    OFFICE = "office"  # the body that drives it: the lead office, or the body that raised it
    RAISING_BODY = "raising_body"  # the body that raised it, and nobody else
    SUPERVISION_GROUP = "supervision_group"  # finance, audit or discipline (三组合)


@dataclass(frozen=True, slots=True)
class Transition:
    """`act` brings a finding from `source` to `to`; `permission` is what the actor must hold."""

    source: FindingState
    act: FindingAct
    to: FindingState
    permission: str
    party: Party


def _edge(
    source: FindingState, act: FindingAct, to: FindingState, permission: str, party: Party
) -> Transition:
    return Transition(source, act, to, f"oversight.finding.{permission}", party)


_S, _A, _P = FindingState, FindingAct, Party
OPEN_STATES = (
    _S.REGISTERED,
    _S.NOTIFIED,
    _S.ACCEPTED_BY_UNIT,
    _S.DISPUTED,
    _S.RECTIFYING,
    _S.REPORTED,
    _S.VERIFIED,
)
"""Not yet put right: the states in which a due date can pass."""

CLOSED_STATES = (_S.CLOSED_OUT, _S.CONFIRMED, _S.EFFECTIVE, _S.ARCHIVED)
"""Recognised as put right by the body that raised it."""

VOID_STATES = (_S.MERGED, _S.WITHDRAWN)
"""No longer counted: merged into another finding, or withdrawn with a reason."""

_WITH_UNIT = (_S.NOTIFIED, _S.ACCEPTED_BY_UNIT, _S.RECTIFYING)

TRANSITIONS: tuple[Transition, ...] = (
    _edge(_S.REGISTERED, _A.NOTIFY, _S.NOTIFIED, "notify", _P.OFFICE),
    _edge(_S.REGISTERED, _A.MERGE, _S.MERGED, "merge", _P.OFFICE),
    _edge(_S.REGISTERED, _A.WITHDRAW, _S.WITHDRAWN, "withdraw", _P.RAISING_BODY),
    _edge(_S.NOTIFIED, _A.SIGN_FOR, _S.ACCEPTED_BY_UNIT, "sign_for", _P.UNIT),
    _edge(_S.ACCEPTED_BY_UNIT, _A.DISPUTE, _S.DISPUTED, "dispute", _P.UNIT),
    _edge(_S.ACCEPTED_BY_UNIT, _A.PLAN, _S.RECTIFYING, "plan", _P.UNIT),
    _edge(_S.DISPUTED, _A.UPHOLD_DISPUTE, _S.WITHDRAWN, "decide_dispute", _P.RAISING_BODY),
    _edge(_S.DISPUTED, _A.REJECT_DISPUTE, _S.ACCEPTED_BY_UNIT, "decide_dispute", _P.RAISING_BODY),
    _edge(_S.RECTIFYING, _A.PLAN, _S.RECTIFYING, "plan", _P.UNIT),
    _edge(_S.RECTIFYING, _A.NOTE_PROGRESS, _S.RECTIFYING, "plan", _P.UNIT),
    _edge(_S.RECTIFYING, _A.REPORT, _S.REPORTED, "report", _P.UNIT),
    _edge(_S.REPORTED, _A.VERIFY, _S.VERIFIED, "recheck", _P.OFFICE),
    _edge(_S.REPORTED, _A.RETURN_REPORT, _S.RECTIFYING, "recheck", _P.OFFICE),
    _edge(_S.VERIFIED, _A.RECOGNISE, _S.CLOSED_OUT, "recognise", _P.RAISING_BODY),
    _edge(_S.VERIFIED, _A.RECOGNISE_PARTLY, _S.RECTIFYING, "recognise", _P.RAISING_BODY),
    _edge(_S.VERIFIED, _A.REFUSE_RECOGNITION, _S.RECTIFYING, "recognise", _P.RAISING_BODY),
    _edge(_S.CLOSED_OUT, _A.CONFIRM, _S.CONFIRMED, "look_back", _P.SUPERVISION_GROUP),
    _edge(_S.CLOSED_OUT, _A.RELAPSE, _S.RECTIFYING, "look_back", _P.SUPERVISION_GROUP),
    _edge(_S.CLOSED_OUT, _A.EXPOSE, _S.RECTIFYING, "look_back", _P.SUPERVISION_GROUP),
    _edge(_S.CONFIRMED, _A.PROVE_EFFECTIVE, _S.EFFECTIVE, "re_question", _P.SUPERVISION_GROUP),
    _edge(_S.CONFIRMED, _A.PROVE_INEFFECTIVE, _S.RECTIFYING, "re_question", _P.SUPERVISION_GROUP),
    _edge(_S.EFFECTIVE, _A.ARCHIVE, _S.ARCHIVED, "archive", _P.OFFICE),
    *(_edge(state, _A.EXTEND, state, "extend", _P.OFFICE) for state in _WITH_UNIT),
    *(
        _edge(state, _A.DETERMINE_REFUSAL, state, "determine_refusal", _P.RAISING_BODY)
        for state in _WITH_UNIT
    ),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in TRANSITIONS}


class TransitionRefusedError(RuleBrokenError):
    """The act does not fit the state the finding is in."""

    code: ClassVar[str] = "finding_transition_refused"
    sentence: ClassVar[str] = (
        "问题目前为「{state}」，不能办理「{act}」；请刷新页面，按最新状态办理。"
    )


def next_state(state: FindingState, act: FindingAct) -> Transition:
    """Return the transition `act` makes from `state`; raise `TransitionRefusedError` if none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise TransitionRefusedError(state=label_of(state), act=label_of(act)) from None


def acts_from(state: FindingState) -> tuple[Transition, ...]:
    """Return the transitions possible from `state`, in the order of the table."""
    return tuple(edge for edge in TRANSITIONS if edge.source is state)
