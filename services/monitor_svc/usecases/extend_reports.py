"""Act: move the due date of chosen units or the whole campaign, on the basis of a document."""

from __future__ import annotations

from services.monitor_svc.store.reports import ExtensionRow, ReportRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.extending import ExtendDuties, duties_to_extend, extend_duty
from shared.ids import new_id


def extend_reports(uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendDuties) -> int:
    """Return how many reports were extended; the old date stays visible on each.

    Raises `InvalidInputError` without basis document, reason or anything to extend.
    """
    require(actor, "monitoring.campaign.extend")
    reports = duties_to_extend(uow, clock, actor, ReportRow, command)
    batch_id = new_id()
    for report in reports:
        extension = ExtensionRow(report_id=report.report_id, batch_id=batch_id)
        title = str(report.report_id)
        extend_duty(uow, clock, actor, report, extension, command, title=title)
    return len(reports)
