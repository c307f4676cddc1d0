"""Act on an approved target: open its monitoring duty with its working-day deadline.

Y25-4.1, Y25-4.3, YC23-4.1. The deadline keeps the rule, pack and version it came from.
"""

from __future__ import annotations

import calendar as months
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.monitor_svc.domain.states import ReportState
from services.monitor_svc.domain.submission import paper_required
from services.monitor_svc.store.projects import ProjectCopyRow, find_project_copy
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from services.monitor_svc.usecases.loading import LoadedReport
from services.monitor_svc.usecases.moving import open_state_task
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.duties.opening import opening_values
from shared.duties.recording import record_act
from shared.errors import UnavailableError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.model import Deadline, Pack
from shared.policy.names import DeadlineName
from shared.terms.vocabulary import Light


class CopyMissingError(UnavailableError):
    """The unit or project the target is about has not been heard of yet; tried again later."""

    code = "copy_missing"
    sentence = "尚未收到单位或项目 {missing} 的登记事件。"


def open_report(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Open the duty; raise `CopyMissingError` (retried) while unit or project are unknown here.

    A target whose duty for the as-of day exists already changes nothing.
    """
    data = REGISTRY.get(event.type).read(event.data)
    region, year = event.subject.region, event.subject.fiscal_year
    unit = find_unit(uow.session, region, data["unit_id"])
    project = find_project_copy(uow.session, region, year, data["project_id"])
    if unit is None or project is None:
        raise CopyMissingError(missing=data["project_code"])
    pack = policy_for(uow.session, region, year)
    if _is_open_already(uow, event, as_of_day(pack, year)):
        return
    calendar = load_calendar(uow.session)
    deadline = compute_deadline(pack, DeadlineName.MONITORING_REPORT, year, calendar)
    report = _report(clock, event, data, project, pack, deadline)
    uow.session.add(report)
    uow.session.flush()
    uow.session.add_all(_indicators(report, data["indicators"]))
    loaded = LoadedReport(report, project, unit)
    open_state_task(uow, clock, actor, loaded, returned=False)
    after = {
        "due_on": deadline.due_on.isoformat(),
        "rule": deadline.rule_id,
        "pack": f"{deadline.pack.code} {deadline.pack.version}",
    }
    record_act(uow, actor, report, "open", title=project.name, after=after)


def _is_open_already(uow: UnitOfWork, event: Event, as_of: date) -> bool:
    query = select(ReportRow.report_id).where(
        ReportRow.region_code == event.subject.region,
        ReportRow.fiscal_year == event.subject.fiscal_year,
        ReportRow.target_id == event.subject.id,
        ReportRow.as_of == as_of,
    )
    return uow.session.scalar(query) is not None


def _report(
    clock: Clock,
    event: Event,
    data: dict[str, Any],
    project: ProjectCopyRow,
    pack: Pack,
    deadline: Deadline,
) -> ReportRow:
    year = event.subject.fiscal_year
    return ReportRow(
        region_code=event.subject.region,
        fiscal_year=year,
        report_id=new_id(),
        target_id=event.subject.id,
        target_revision=data["revision"],
        project_id=data["project_id"],
        unit_id=data["unit_id"],
        state=ReportState.OPEN.value,
        as_of=as_of_day(pack, year),
        approved_amount=data["approved_amount"],
        annual_goal=data["annual_goal"],
        budget=project.adjusted_amount,
        paper_required=paper_required(pack.monitoring, project.adjusted_amount),
        **opening_values(clock, deadline),
        **_unfilled(),
    )


def _unfilled() -> dict[str, Any]:
    """Return what a report holds before anybody has filled it."""
    texts = (
        "progress",
        "likelihood",
        "cause_note",
        "correction",
        "correction_owner",
    )
    unknown = (
        "expected_year",
        "execution_rate",
        "correction_due_on",
    )
    lights = ("execution_light", "achievement_light", "light")
    return {
        **dict.fromkeys(texts, ""),
        **dict.fromkeys(unknown),
        **dict.fromkeys(lights, Light.NONE.value),
        "executed": Decimal("0.00"),
        "causes": [],
    }


def as_of_day(pack: Pack, fiscal_year: int) -> date:
    """Return the day up to which figures are reported, within the month's length."""
    month = pack.monitoring.as_of_month
    last = months.monthrange(fiscal_year, month)[1]
    return date(fiscal_year, month, min(pack.monitoring.as_of_day, last))


def _indicators(report: ReportRow, rows: list[dict[str, Any]]) -> list[ReportIndicatorRow]:
    return [
        ReportIndicatorRow(
            region_code=report.region_code,
            fiscal_year=report.fiscal_year,
            report_id=report.report_id,
            position=row["position"],
            level1=row["level1"],
            level2=row["level2"],
            name=row["name"],
            operator=row["operator"],
            target_value=row["value"],
            unit=row["unit"],
            weight=row["weight"],
            actual="",
            expected_year="",
            light=Light.NONE.value,
            progress=None,
            explanation="",
        )
        for row in rows
    ]
