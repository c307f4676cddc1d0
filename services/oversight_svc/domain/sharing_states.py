"""States of a request for shared data and every transition, as data.

Y25-6.13 and the rules for sharing government data: request → conformity check → the provider's
answer → grant with purpose, scope and end, or refusal with a reason → negotiation → coordination.
That a grant has ended is derived from its day, not a state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.errors import RuleBrokenError
from shared.terms import label_of


class ShareState(StrEnum):
    """Where a request stands."""

    CHECKING = "checking"
    RETURNED = "returned"
    ANSWERING = "answering"
    GRANTED = "granted"
    REFUSED = "refused"
    NEGOTIATING = "negotiating"
    DECLINED = "declined"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


class ShareAct(StrEnum):
    """What can be done to a request."""

    RETURN = "return"
    RESUBMIT = "resubmit"
    CLEAR = "clear"
    GRANT = "grant"
    REFUSE = "refuse"
    NEGOTIATE = "negotiate"
    DECLINE = "decline"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


class ShareParty(StrEnum):
    """Whose act it is: the body that asks, or the body whose data it is."""

    REQUESTER = "requester"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class ShareTransition:
    """`act` brings a request from `source` to `to`; `permission` is what the actor must hold."""

    source: ShareState
    act: ShareAct
    to: ShareState
    permission: str
    party: ShareParty


def _edge(
    source: ShareState, act: ShareAct, to: ShareState, permission: str, party: ShareParty
) -> ShareTransition:
    return ShareTransition(source, act, to, f"oversight.sharing.{permission}", party)


_S, _A = ShareState, ShareAct
_ASKING, _GIVING = ShareParty.REQUESTER, ShareParty.PROVIDER

TRANSITIONS: tuple[ShareTransition, ...] = (
    _edge(_S.CHECKING, _A.RETURN, _S.RETURNED, "check", _GIVING),
    _edge(_S.CHECKING, _A.CLEAR, _S.ANSWERING, "check", _GIVING),
    _edge(_S.RETURNED, _A.RESUBMIT, _S.CHECKING, "request", _ASKING),
    _edge(_S.ANSWERING, _A.GRANT, _S.GRANTED, "answer", _GIVING),
    _edge(_S.ANSWERING, _A.REFUSE, _S.REFUSED, "answer", _GIVING),
    _edge(_S.REFUSED, _A.NEGOTIATE, _S.NEGOTIATING, "request", _ASKING),
    _edge(_S.NEGOTIATING, _A.GRANT, _S.GRANTED, "answer", _GIVING),
    _edge(_S.NEGOTIATING, _A.DECLINE, _S.DECLINED, "answer", _GIVING),
    _edge(_S.GRANTED, _A.REVOKE, _S.REVOKED, "answer", _GIVING),
    *(
        _edge(state, _A.WITHDRAW, _S.WITHDRAWN, "request", _ASKING)
        for state in (_S.CHECKING, _S.RETURNED, _S.ANSWERING, _S.NEGOTIATING)
    ),
)

_BY_SOURCE = {(edge.source, edge.act): edge for edge in TRANSITIONS}


class ShareTransitionRefusedError(RuleBrokenError):
    """The act does not fit the state the request is in."""

    code: ClassVar[str] = "share_transition_refused"
    sentence: ClassVar[str] = (
        "共享申请目前为「{state}」，不能办理「{act}」；请刷新页面，按最新状态办理。"
    )


def next_state(state: ShareState, act: ShareAct) -> ShareTransition:
    """Return the transition `act` makes; raise `ShareTransitionRefusedError` if there is none."""
    try:
        return _BY_SOURCE[state, act]
    except KeyError:
        raise ShareTransitionRefusedError(state=label_of(state), act=label_of(act)) from None


def acts_from(state: ShareState) -> tuple[ShareTransition, ...]:
    """Return the transitions possible from `state`, in the order of the table."""
    return tuple(edge for edge in TRANSITIONS if edge.source is state)
