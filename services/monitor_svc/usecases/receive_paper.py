"""Act: record that the paper copy arrived; an older print code is noticed (Y25-4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.handing_in import take_paper


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
    take_paper(
        uow,
        clock,
        actor,
        loaded.report,
        print_code=command.print_code,
        received_on=command.received_on,
        title=loaded.project.name,
    )
    return loaded
