"""Act: move the due date of chosen units or the whole campaign, on the basis of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from services.monitor_svc.store.reports import ExtensionRow, ReportRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.access.scope import scope_filter
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.duties.lists import is_submitted, same_unit
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.tasks.work import open_tasks_of, reschedule_task
from shared.trail.record import Act


@dataclass(frozen=True, slots=True)
class ExtendReports:
    """New due date for the unsubmitted reports of `unit_ids`; none given means every unit.

    A first-level unit stands for the units below it as well.
    """

    fiscal_year: int
    unit_ids: tuple[UUID, ...]
    due_on: date
    document_number: str
    reason: str


def extend_reports(uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendReports) -> int:
    """Return how many reports were extended; the old date stays visible on each.

    Reports that have as much time already are left alone. Raises `InvalidInputError` without basis
    document, reason or anything to extend.
    """
    require(actor, "monitoring.campaign.extend")
    _check(clock, command)
    reports = _unsubmitted(uow, actor, command)
    later = [report for report in reports if report.due_on < command.due_on]
    if not later:
        message = (
            "新的期限须晚于原期限。" if reports else "所选单位没有尚未报送的监控表，无须延期。"
        )
        raise InvalidInputError([FieldProblem("due_on", "nothing_to_extend", message)])
    batch_id = new_id()
    for report in later:
        _extend(uow, clock, actor, report, command, batch_id)
    return len(later)


def _check(clock: Clock, command: ExtendReports) -> None:
    problems = []
    if not command.document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写延期依据的文号。"))
    if not command.reason.strip():
        problems.append(FieldProblem("reason", "missing", "请写明延期原因。"))
    if command.due_on < clock.today():
        problems.append(FieldProblem("due_on", "in_past", "新的期限不能早于今天。"))
    if problems:
        raise InvalidInputError(problems)


def _unsubmitted(uow: UnitOfWork, actor: Actor, command: ExtendReports) -> Sequence[ReportRow]:
    query = (
        select(ReportRow)
        .join(UnitRow, same_unit(ReportRow))
        .where(
            ReportRow.region_code == actor.scope.region,
            ReportRow.fiscal_year == command.fiscal_year,
            ~is_submitted(ReportRow),
            scope_filter(actor, UnitRow),
        )
        .order_by(ReportRow.report_id)
        .with_for_update(of=ReportRow)
    )
    if command.unit_ids:
        units = command.unit_ids
        query = query.where(
            or_(ReportRow.unit_id.in_(units), UnitRow.department_id.in_(units)),
        )
    return uow.session.scalars(query).all()


def _extend(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    report: ReportRow,
    command: ExtendReports,
    batch_id: UUID,
) -> None:
    previous = report.due_on
    uow.session.add(
        ExtensionRow(
            region_code=report.region_code,
            fiscal_year=report.fiscal_year,
            extension_id=new_id(),
            report_id=report.report_id,
            batch_id=batch_id,
            previous_due_on=previous,
            due_on=command.due_on,
            document_number=command.document_number.strip(),
            reason=command.reason.strip(),
            extended_at=clock.now(),
            extended_by=actor.name,
        )
    )
    report.due_on = report.buffer_on = command.due_on
    report.provisional = False
    report.version += 1
    for task in open_tasks_of(uow, report.report_id):
        reschedule_task(uow, actor, task, command.due_on, provisional=False)
    uow.record(
        actor,
        Act(
            name="monitoring.report.extend",
            object_kind="monitoring.report",
            object_id=report.report_id,
            object_title=str(report.report_id),
            region=report.region_code,
            fiscal_year=report.fiscal_year,
            unit_id=report.unit_id,
            before={"due_on": previous.isoformat()},
            after={"due_on": command.due_on.isoformat()},
            comment=command.document_number.strip(),
        ),
    )
