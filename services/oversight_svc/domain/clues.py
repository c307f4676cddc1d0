"""Clues transferred to a competent body (线索移送, SL21-R3): what is kept is not the content.

Numbers, bodies, days and how far it is; who may read the restricted summary, and when silence is
reminded of. The letter of transfer is never uploaded: it is content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.errors import FieldProblem, RuleBrokenError
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, Role


class ClueState(StrEnum):
    """How far a clue is."""

    FOUND = "found"
    TRANSFERRED = "transferred"
    RECEIPTED = "receipted"
    HANDLING = "handling"
    FED_BACK = "fed_back"


class ClueAct(StrEnum):
    """What can be done to a clue."""

    TRANSFER = "transfer"
    RECEIPT = "receipt"
    HANDLE = "handle"
    FEED_BACK = "feed_back"


class ClueReceiver(StrEnum):
    """The body a clue goes to; only the first has posts here, the others answer on paper."""

    DISCIPLINE = "discipline"
    PROCURATORATE = "procuratorate"
    POLICE = "police"
    TAX = "tax"


_S, _A = ClueState, ClueAct
CLUE_STEPS: dict[tuple[ClueState, ClueAct], ClueState] = {
    (_S.FOUND, _A.TRANSFER): _S.TRANSFERRED,
    (_S.TRANSFERRED, _A.RECEIPT): _S.RECEIPTED,
    (_S.RECEIPTED, _A.HANDLE): _S.HANDLING,
    (_S.RECEIPTED, _A.FEED_BACK): _S.FED_BACK,
    (_S.HANDLING, _A.FEED_BACK): _S.FED_BACK,
}
SENDERS = {
    RaisingBody.FINANCE: frozenset({Role.FIN_PERF}),
    RaisingBody.AUDIT: frozenset({Role.AUDIT_OFFICER, Role.AUDIT_HEAD, Role.AUDIT_SYSTEM}),
    RaisingBody.DISCIPLINE: frozenset({Role.DISCIPLINE_OFFICER}),
}
SENDER_HEADS = {
    RaisingBody.FINANCE: frozenset({Role.FIN_LEADER_GROUP}),
    RaisingBody.AUDIT: frozenset({Role.AUDIT_HEAD}),
    RaisingBody.DISCIPLINE: frozenset[Role](),
}
"""Heads who read what their body sent."""

RECEIVING = frozenset({Role.DISCIPLINE_OFFICER})


class ClueRefusedError(RuleBrokenError):
    """The act does not fit the state the clue is in."""

    code: ClassVar[str] = "clue_refused"
    sentence: ClassVar[str] = "线索目前为「{state}」，不能办理「{act}」；请刷新页面后办理。"


class OtherClueBodyError(RuleBrokenError):
    """The step is another body's."""

    code: ClassVar[str] = "clue_other_body"
    sentence: ClassVar[str] = "「{act}」须由{who}办理；您可以查看办理状态。"


def next_clue_state(state: ClueState, act: ClueAct) -> ClueState:
    """Return the state `act` leads to; raise `ClueRefusedError` when it leads nowhere."""
    try:
        return CLUE_STEPS[state, act]
    except KeyError:
        raise ClueRefusedError(state=label_of(state), act=label_of(act)) from None


def check_clue_party(
    act: ClueAct, sender: RaisingBody, receiver: ClueReceiver, roles: frozenset[str]
) -> None:
    """Raise `OtherClueBodyError` unless the step is theirs.

    The sender transfers; the receiver signs, handles and feeds back. What a body without posts
    here answers on paper is entered by the sender.
    """
    here = receiver is ClueReceiver.DISCIPLINE
    by_receiver = act is not ClueAct.TRANSFER and here
    if (RECEIVING if by_receiver else SENDERS[sender]).isdisjoint(roles):
        who = label_of(receiver) if by_receiver else label_of(sender)
        raise OtherClueBodyError(act=label_of(act), who=who)


def is_clue_sender(sender: RaisingBody, roles: frozenset[str]) -> bool:
    """Tell whether somebody with these roles belongs to the body that sends the clue."""
    return not SENDERS[sender].isdisjoint(roles)


def check_clue_sender(sender: RaisingBody, roles: frozenset[str]) -> None:
    """Raise `OtherClueBodyError` unless the letter of transfer is theirs to write."""
    if not is_clue_sender(sender, roles):
        raise OtherClueBodyError(act=label_of(ClueAct.TRANSFER), who=label_of(sender))


@dataclass(frozen=True, slots=True)
class ClueReaders:
    """Who may read a clue's content: the posts that sent and received it, and the sender's head."""

    sender: RaisingBody
    sender_post: UUID | None
    receiver_post: UUID | None

    def include(self, post_id: UUID | None, roles: frozenset[str]) -> bool:
        """Tell whether a post with these roles is one of them."""
        own = post_id is not None and post_id in (self.sender_post, self.receiver_post)
        return own or not SENDER_HEADS[self.sender].isdisjoint(roles)


def check_clue_step(
    number: str | None, on: date | None, earliest: date | None, today: date, what: str
) -> list[FieldProblem]:
    """Return what is missing of a step: its document's number (none: it has none) and its day."""
    problems = []
    if number is not None and not number.strip():
        message = f"请填写{what}的文号。"
        problems.append(FieldProblem("document_number", "missing", message))
    if on is None:
        problems.append(FieldProblem("dated_on", "missing", f"请填写{what}的日期。"))
    elif on > today or (earliest is not None and on < earliest):
        message = "日期应在上一步之后、今天之前。"
        problems.append(FieldProblem("dated_on", "out_of_range", message))
    return problems
