"""Act: keep a monitoring report as it is typed; money comes from treasury, lights are computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.monitor_svc.domain.states import ReportAct, ReportState, next_state
from services.monitor_svc.store.reports import report_indicators
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from services.monitor_svc.usecases.prefilling import prefill_money, recompute_lights
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.policy.active import policy_for


@dataclass(frozen=True, slots=True)
class FilledValue:
    """What was entered for the indicator at `position`."""

    position: int
    actual: str
    expected_year: str


@dataclass(frozen=True, slots=True)
class FillReport:
    """The form as typed; `expected_year` in 元."""

    key: ReportKey
    progress: str
    values: tuple[FilledValue, ...]
    expected_year: Decimal | None
    likelihood: str
    causes: tuple[str, ...]
    cause_note: str
    correction: str
    correction_owner: str
    correction_due_on: date | None


def fill_report(uow: UnitOfWork, clock: Clock, actor: Actor, command: FillReport) -> LoadedReport:
    """Save the draft; raise `TransitionRefusedError` when it is not with the unit any more."""
    loaded = load_report(uow, actor, command.key, "monitoring.report.fill")
    report = loaded.report
    edge = next_state(ReportState(report.state), ReportAct.FILL)
    rows = report_indicators(uow.session, report)
    by_position = {value.position: value for value in command.values}
    before = {str(row.position): row.actual for row in rows}
    for row in rows:
        value = by_position.get(row.position)
        if value is not None:
            row.actual, row.expected_year = value.actual.strip(), value.expected_year.strip()
    report.progress = command.progress.strip()
    report.expected_year = command.expected_year
    report.likelihood = command.likelihood
    report.causes = list(command.causes)
    report.cause_note = command.cause_note.strip()
    report.correction = command.correction.strip()
    report.correction_owner = command.correction_owner.strip()
    report.correction_due_on = command.correction_due_on
    prefill_money(uow, report, loaded.project)
    policy = policy_for(uow.session, report.region_code, report.fiscal_year).monitoring
    recompute_lights(policy, report, rows)
    report.state = edge.to.value
    report.version += 1
    report.changed_at = clock.now()
    after = {
        "actual": {str(row.position): row.actual for row in rows},
        "light": report.light,
    }
    title = loaded.project.name
    record_act(uow, actor, report, "fill", title=title, before={"actual": before}, after=after)
    return loaded
