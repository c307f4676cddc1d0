"""The points of the 双监控 picture: execution against achievement, report by report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.monitor_svc.domain.achievement import LitRow, achievement_percent
from services.monitor_svc.domain.lights import light_execution
from services.monitor_svc.queries.reports import ReportFilter, report_rows
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from shared.access.actor import Actor
from shared.policy.active import policy_for
from shared.policy.model import LightBand
from shared.terms.vocabulary import Light

MOST_POINTS = 500


@dataclass(frozen=True, slots=True)
class Point:
    """A report: execution and achievement, both in % of what was due by the as-of day."""

    report_id: UUID
    fiscal_year: int
    project: str
    unit: str
    light: str
    execution: Decimal
    achievement: Decimal


@dataclass(frozen=True, slots=True)
class Pacing:
    """The points, and from which % on execution and achievement stand at green (the pack's)."""

    points: tuple[Point, ...]
    execution_from: Decimal
    achievement_from: Decimal


def find_pacing(session: Session, actor: Actor, wanted: ReportFilter) -> Pacing:
    """Return the points of the filtered reports that can be judged, at most `MOST_POINTS`."""
    query = report_rows(actor, wanted).order_by(ReportRow.report_id).limit(MOST_POINTS)
    found = session.execute(query).all()
    policy = policy_for(session, actor.scope.region, wanted.fiscal_year).monitoring
    lit = _lit_rows(session, actor, wanted.fiscal_year, [row.report_id for row, _, _ in found])
    points = []
    for report, project, unit in found:
        execution = light_execution(policy, budget=report.budget, executed=report.executed).paced
        achievement = achievement_percent(lit[report.report_id], policy.ratio_places)
        if execution is None or achievement is None:
            continue
        points.append(
            Point(
                report.report_id,
                report.fiscal_year,
                project.name,
                unit.name,
                report.light,
                execution,
                achievement,
            )
        )
    return Pacing(
        tuple(points), _green_from(policy.execution_bands), _green_from(policy.indicator_bands)
    )


def _green_from(bands: Sequence[LightBand]) -> Decimal:
    return min(band.at_least for band in bands if band.light == Light.GREEN)


def _lit_rows(
    session: Session, actor: Actor, fiscal_year: int, report_ids: Sequence[UUID]
) -> defaultdict[UUID, list[LitRow]]:
    row = ReportIndicatorRow
    query = select(row.report_id, row.weight, row.progress, row.light).where(
        row.region_code == actor.scope.region,
        row.fiscal_year == fiscal_year,
        row.report_id.in_(report_ids),
    )
    lit: defaultdict[UUID, list[LitRow]] = defaultdict(list)
    for report_id, weight, progress, light in session.execute(query):
        lit[report_id].append(LitRow(weight, progress, Light(light)))
    return lit
