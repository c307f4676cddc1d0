"""Act: record that the paper copy arrived; an older print code is noticed (Y25-5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
    record_act,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError


class OldPaperError(RuleBrokenError):
    """The paper copy was printed from an earlier submission."""

    code: ClassVar[str] = "old_paper"
    sentence: ClassVar[str] = (
        "纸质件版本码为 {given}，最新报送的版本码为 {current}；请退回单位换成最新版。"
    )


class NothingSubmittedError(RuleBrokenError):
    """There is no electronic form the paper could belong to."""

    code: ClassVar[str] = "nothing_submitted"
    sentence: ClassVar[str] = (
        "单位尚未报送电子自评表，或已被退回修改；请先报送电子件，再登记新版纸质件。"
    )


@dataclass(frozen=True, slots=True)
class ReceivePaper:
    """The version code printed on the paper and the day it arrived."""

    key: SelfEvaluationKey
    print_code: str
    received_on: date


def receive_paper(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReceivePaper
) -> LoadedSelfEvaluation:
    """Record the receipt; raise `OldPaperError` for the paper of an earlier submission."""
    loaded = load_self_evaluation(
        uow, actor, command.key, "evaluation.self_evaluation.receive_paper"
    )
    form = loaded.form
    given = command.print_code.strip().upper()
    if not form.is_submitted:
        raise NothingSubmittedError
    if command.received_on > clock.today():
        message = "收件日期不能晚于今天。"
        raise InvalidInputError([FieldProblem("received_on", "in_future", message)])
    if given != form.print_code:
        raise OldPaperError(given=given or "（空）", current=form.print_code)
    form.paper_received_on = command.received_on
    form.paper_print_code = given
    form.version += 1
    after = {"print_code": given, "received_on": command.received_on.isoformat()}
    record_act(uow, actor, form, "receive_paper", after=after)
    return loaded
