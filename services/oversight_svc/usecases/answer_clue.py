"""Acts: sign for a transferred clue, take it up, feed back that it is dealt with (SL21-R3).

What came of it is not kept here: only the number and date of the letter that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.oversight_svc.domain.clues import (
    RECEIVING,
    ClueAct,
    ClueState,
    check_clue_step,
)
from services.oversight_svc.store.clues import ClueRow
from services.oversight_svc.usecases.transfer_clue import (
    ClueKey,
    check_clue_turn,
    check_version,
    clue_deadline,
    load_clue,
    open_clue_task,
    record_clue,
    reminded,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.policy.names import DeadlineName
from shared.tasks.work import close_tasks

ANSWER = "oversight.clue.answer"
_WHAT = {
    ClueAct.RECEIPT: "签收回执",
    ClueAct.HANDLE: "开始办理",
    ClueAct.FEED_BACK: "反馈函",
}


@dataclass(frozen=True, slots=True)
class AnswerClue:
    """One answer: its letter's number and date; `person` signed for the transfer."""

    key: ClueKey
    act: ClueAct
    document_number: str
    dated_on: date | None
    person: str = ""


def answer_clue(uow: UnitOfWork, clock: Clock, actor: Actor, command: AnswerClue) -> ClueRow:
    """Enter an answer; the same receipt sent again changes nothing.

    Raises `InvalidInputError` without number or date, `ClueRefusedError` out of turn,
    `OtherClueBodyError` for who is not the receiver.
    """
    clue = load_clue(uow, actor, command.key, ANSWER)
    if _is_repeated(clue, command):
        return clue
    check_version(clue, command.key)
    to = check_clue_turn(actor, clue, command.act)
    problems = check_clue_step(
        None if command.act is ClueAct.HANDLE else command.document_number,
        command.dated_on,
        clue.receipted_on or clue.transferred_on,
        clock.today(),
        _WHAT[command.act],
    )
    if problems or command.dated_on is None:
        raise InvalidInputError(problems)
    before = {"state": clue.state}
    clue.state = to.value
    clue.version += 1
    clue.changed_at = clock.now()
    _keep(uow, clock, actor, clue, command, command.dated_on)
    after = {"state": clue.state, "document_number": command.document_number.strip()}
    record_clue(uow, actor, clue, command.act.value, before=before, after=after)
    return clue


def _is_repeated(clue: ClueRow, command: AnswerClue) -> bool:
    """Tell whether a messenger brings the receipt a second time."""
    return (
        command.act is ClueAct.RECEIPT
        and ClueState(clue.state) is not ClueState.TRANSFERRED
        and clue.receipt_number == command.document_number.strip()
        and clue.receipted_on is not None
        and clue.receipted_on == command.dated_on
    )


def _keep(
    uow: UnitOfWork, clock: Clock, actor: Actor, clue: ClueRow, command: AnswerClue, on: date
) -> None:
    number = command.document_number.strip()
    if command.act is ClueAct.HANDLE:
        clue.handled_from = on
        return
    close_tasks(uow, clock, actor, clue.clue_id, outcome=command.act.value)
    if command.act is ClueAct.FEED_BACK:
        clue.feedback_number, clue.fed_back_on = number, on
        return
    clue.receipt_number, clue.receipted_on = number, on
    clue.receiver_name = command.person.strip() or actor.name
    if not RECEIVING.isdisjoint(actor.roles):
        clue.receiver_post = actor.post_id
    clue.feedback_due_on = clue_deadline(uow, clue, DeadlineName.CLUE_FEEDBACK, on)
    for role, answers in reminded(clue):
        title = "反馈线索办理结果" if answers else "催询线索办理结果"
        kind = "feedback" if answers else "ask_feedback"
        open_clue_task(uow, clock, actor, clue, kind, title, role, clue.feedback_due_on)
