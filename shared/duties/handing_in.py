"""Handing a duty in: electronically with a print code, on paper, and who may then review it.

Y25-4.4, Y25-5.4, HC7.1. A new print code each time, so an older paper copy is noticed.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import ClassVar

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.duties.tables import DutyColumns
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
        "单位尚未报送电子{form}，或已被退回修改；请先报送电子件，再登记新版纸质件。"
    )


class SelfReviewError(RuleBrokenError):
    """Nobody reviews what they submitted themselves."""

    code: ClassVar[str] = "self_review"
    sentence: ClassVar[str] = "这份{form}由您本人报送，不能由您审核；请交由其他审核人办理。"


class PaperMissingError(RuleBrokenError):
    """The paper copy has not arrived yet."""

    code: ClassVar[str] = "paper_missing"
    sentence: ClassVar[str] = "尚未登记收到最新版纸质件，不能审核通过；请先登记收件。"


def hand_in(clock: Clock, actor: Actor, duty: DutyColumns) -> None:
    """Note who submitted and when; late is accepted and marked."""
    duty.submitted_at = clock.now()
    duty.submitted_by = actor.account_id
    duty.is_late = clock.today() > duty.due_on
    duty.print_code = f"{duty.fiscal_year}-{secrets.token_hex(4).upper()}"


def take_paper(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    duty: DutyColumns,
    *,
    print_code: str,
    received_on: date,
    title: str,
) -> None:
    """Record the paper copy; raise `NothingSubmittedError`, `OldPaperError`, or for a day to come.

    `title` is what the trail calls the duty.
    """
    given = print_code.strip().upper()
    if not duty.is_submitted:
        raise NothingSubmittedError(form=duty.FORM)
    if received_on > clock.today():
        message = "收件日期不能晚于今天。"
        raise InvalidInputError([FieldProblem("received_on", "in_future", message)])
    if given != duty.print_code:
        raise OldPaperError(given=given or "（空）", current=duty.print_code)
    duty.paper_received_on = received_on
    duty.paper_print_code = given
    duty.version += 1
    after = {"print_code": given, "received_on": received_on.isoformat()}
    record_act(uow, actor, duty, "receive_paper", title=title, after=after)


def check_reviewer(actor: Actor, duty: DutyColumns) -> None:
    """Raise `SelfReviewError` for who submitted it."""
    if actor.account_id is not None and actor.account_id == duty.submitted_by:
        raise SelfReviewError(form=duty.FORM)


def check_paper(duty: DutyColumns) -> None:
    """Raise `PaperMissingError` while a paper copy is required and has not arrived."""
    if duty.paper_required and not duty.has_paper:
        raise PaperMissingError
