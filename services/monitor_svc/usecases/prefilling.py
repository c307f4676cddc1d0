"""Prefills a report from treasury data and recomputes its lights from what is entered."""

from __future__ import annotations

from collections.abc import Sequence

from services.monitor_svc.domain.lights import light_execution, light_indicator, worst_light
from services.monitor_svc.store.projects import ProjectCopyRow, executed_until
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from shared.db.unit_of_work import UnitOfWork
from shared.policy.model import MonitoringPolicy
from shared.terms.vocabulary import Light


def prefill_money(uow: UnitOfWork, report: ReportRow, project: ProjectCopyRow) -> None:
    """Take budget and executed amount (元, up to the as-of day) from treasury data."""
    report.budget = project.adjusted_amount
    report.executed = executed_until(
        uow.session, report.region_code, report.fiscal_year, report.project_id, report.as_of
    )


def recompute_lights(
    policy: MonitoringPolicy, report: ReportRow, rows: Sequence[ReportIndicatorRow]
) -> None:
    """Set the light of each indicator, of achievement, of execution and of the whole report."""
    for row in rows:
        lit = light_indicator(
            policy, operator=row.operator, target=row.target_value, actual=row.actual
        )
        row.light, row.progress, row.explanation = lit.light.value, lit.progress, lit.explanation
    execution = light_execution(policy, budget=report.budget, executed=report.executed)
    achievement = worst_light(Light(row.light) for row in rows)
    report.execution_rate = execution.rate
    report.execution_light = execution.light.value
    report.achievement_light = achievement.value
    report.light = worst_light((execution.light, achievement)).value
