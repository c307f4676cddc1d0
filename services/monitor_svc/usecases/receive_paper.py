"""Act: record that the paper copy arrived; an older print code is noticed (Y25-4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError
from shared.trail.record import Act


class OldPaperError(RuleBrokenError):
    """The paper copy was printed from an earlier submission."""

    code: ClassVar[str] = "old_paper"
    sentence: ClassVar[str] = (
        "纸质件版本码为 {given}，最新报送的版本码为 {current}；请退回单位换成最新版。"
    )


class NothingSubmittedError(RuleBrokenError):
    """There is no electronic report the paper could belong to."""

    code: ClassVar[str] = "nothing_submitted"
    sentence: ClassVar[str] = (
        "单位尚未报送电子监控表，或已被退回修改；请先报送电子件，再登记新版纸质件。"
    )


@dataclass(frozen=True, slots=True)
class ReceivePaper:
    """The version code printed on the paper and the day it arrived."""

    key: ReportKey
    print_code: str
    received_on: date


def receive_paper(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReceivePaper
) -> LoadedReport:
    """Record the receipt; raise `OldPaperError` for the paper of an earlier submission."""
    loaded = load_report(uow, actor, command.key, "monitoring.report.receive_paper")
    report = loaded.report
    given = command.print_code.strip().upper()
    if not report.is_submitted:
        raise NothingSubmittedError
    if command.received_on > clock.today():
        message = "收件日期不能晚于今天。"
        raise InvalidInputError([FieldProblem("received_on", "in_future", message)])
    if given != report.print_code:
        raise OldPaperError(given=given or "（空）", current=report.print_code)
    report.paper_received_on = command.received_on
    report.paper_print_code = given
    report.version += 1
    uow.record(
        actor,
        Act(
            name="monitoring.report.receive_paper",
            object_kind="monitoring.report",
            object_id=report.report_id,
            object_title=loaded.project.name,
            region=report.region_code,
            fiscal_year=report.fiscal_year,
            unit_id=report.unit_id,
            after={"print_code": given, "received_on": command.received_on.isoformat()},
        ),
    )
    return loaded
