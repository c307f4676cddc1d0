"""Moves a report along a transition: state, version, tasks and trail, always together."""

from __future__ import annotations

from datetime import date

from services.monitor_svc.domain.states import ReportAct, ReportState, next_state
from services.monitor_svc.domain.tasks import task_for
from services.monitor_svc.usecases.loading import LoadedReport
from shared.access.actor import Actor
from shared.access.rights import require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.names import DeadlineName
from shared.tasks.work import NewTask, close_tasks, open_task

_DEADLINES = {
    "monitoring.review_dept": DeadlineName.MONITORING_REVIEW,
    "monitoring.review_office": DeadlineName.MONITORING_REVIEW,
    "monitoring.revise": DeadlineName.MONITORING_REVISION,
    "monitoring.verify": DeadlineName.CORRECTION,
}
"""Kind of task → the rule its deadline comes from."""


def move(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedReport,
    act: ReportAct,
    *,
    comment: str = "",
    to: ReportState | None = None,
) -> None:
    """Apply `act`; `to` replaces the table's end state where the chain collapses a stage.

    Raises `TransitionRefusedError` when the state does not allow it, `ForbiddenError` without the
    transition's permission.
    """
    report = loaded.report
    before = {"state": report.state, "version": report.version}
    edge = next_state(ReportState(report.state), act)
    require(actor, edge.permission)
    end = to or edge.to
    returned = end is ReportState.DRAFT and act is not ReportAct.FILL
    report.state = end.value
    report.version += 1
    report.changed_at = clock.now()
    if returned:
        report.times_returned += 1
        report.return_reason = comment
    close_tasks(uow, clock, actor, report.report_id, outcome=act.value)
    open_state_task(uow, clock, actor, loaded, returned=returned)
    record_act(
        uow,
        actor,
        report,
        act.value,
        title=loaded.project.name,
        before=before,
        after={"state": report.state, "version": report.version},
        comment=comment,
    )


def open_state_task(
    uow: UnitOfWork, clock: Clock, actor: Actor, loaded: LoadedReport, *, returned: bool
) -> None:
    """Open the task the report's present state calls for, with its deadline."""
    report = loaded.report
    rule = task_for(ReportState(report.state), returned=returned)
    if rule is None:
        return
    due_on, provisional = _due(uow, clock, loaded, rule.kind)
    open_task(
        uow,
        clock,
        actor,
        NewTask(
            kind=rule.kind,
            title=f"{rule.title}：{loaded.project.name}",
            subject_kind="monitoring.report",
            subject_id=report.report_id,
            region=report.region_code,
            fiscal_year=report.fiscal_year,
            unit_id=report.unit_id,
            role=rule.role,
            tab=rule.tab,
            due_on=due_on,
            provisional=provisional,
        ),
    )


def _due(uow: UnitOfWork, clock: Clock, loaded: LoadedReport, kind: str) -> tuple[date, bool]:
    report = loaded.report
    if kind == "monitoring.fill":
        return report.due_on, report.provisional
    if kind == "monitoring.verify" and report.correction_due_on is not None:
        return report.correction_due_on, False
    pack = policy_for(uow.session, report.region_code, report.fiscal_year)
    deadline = compute_deadline(
        pack,
        _DEADLINES[kind],
        report.fiscal_year,
        load_calendar(uow.session),
        start=clock.today(),
    )
    return deadline.due_on, deadline.provisional
