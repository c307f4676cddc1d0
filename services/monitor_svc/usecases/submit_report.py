"""Act: submit a monitoring report with a signed scan; late is accepted and marked (Y25-4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.monitor_svc.domain.states import ReportAct, ReportState
from services.monitor_svc.domain.submission import FilledIndicator, FilledReport, check_report
from services.monitor_svc.store.reports import (
    ReportIndicatorRow,
    ReportRow,
    ReportSubmissionRow,
    report_indicators,
)
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from services.monitor_svc.usecases.moving import move
from services.monitor_svc.usecases.prefilling import prefill_money, recompute_lights
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.handing_in import hand_in
from shared.errors import InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.terms.vocabulary import Light


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """The signature that goes with the submission; `scan_digest` names the stored file."""

    key: ReportKey
    commitment: bool
    signer_name: str
    scan_digest: str


def submit_report(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SubmitReport
) -> LoadedReport:
    """Submit; raise `InvalidInputError` with every reason it cannot leave the unit.

    A new print code is given each time, so an older paper copy is noticed at the counter.
    """
    loaded = load_report(uow, actor, command.key, "monitoring.report.submit")
    report = loaded.report
    pack = policy_for(uow.session, report.region_code, report.fiscal_year)
    rows = report_indicators(uow.session, report)
    prefill_money(uow, report, loaded.project)
    recompute_lights(pack.monitoring, report, rows)
    problems = check_report(pack.monitoring, _filled(report, rows, command), clock.today())
    if problems:
        raise InvalidInputError(problems)
    hand_in(clock, actor, report)
    uow.session.add(
        ReportSubmissionRow(
            region_code=report.region_code,
            fiscal_year=report.fiscal_year,
            submission_id=new_id(),
            report_id=report.report_id,
            submitted_at=clock.now(),
            submitted_by=actor.account_id,
            submitter_name=actor.name,
            signer_name=command.signer_name.strip(),
            scan_digest=command.scan_digest,
            print_code=report.print_code,
            content=report_content(report, rows),
        )
    )
    own_department = loaded.unit.is_department
    first = ReportState.FIN_OFFICE_REVIEW if own_department else ReportState.DEPT_REVIEW
    move(uow, clock, actor, loaded, ReportAct.SUBMIT, to=first)
    return loaded


def _filled(
    report: ReportRow, rows: Sequence[ReportIndicatorRow], command: SubmitReport
) -> FilledReport:
    return FilledReport(
        progress=report.progress,
        indicators=[
            FilledIndicator(row.actual, row.expected_year, Light(row.light)) for row in rows
        ],
        execution_light=Light(report.execution_light),
        light=Light(report.light),
        expected_year=report.expected_year,
        likelihood=report.likelihood,
        causes=report.causes,
        cause_note=report.cause_note,
        correction=report.correction,
        correction_owner=report.correction_owner,
        correction_due_on=report.correction_due_on,
        commitment=command.commitment,
        signer_name=command.signer_name,
        scan_digest=command.scan_digest,
    )


def report_content(report: ReportRow, rows: Sequence[ReportIndicatorRow]) -> dict[str, Any]:
    """Return a report's content in JSON form, amounts in 元 as strings."""
    return {
        "as_of": report.as_of.isoformat(),
        "budget": str(report.budget),
        "executed": str(report.executed),
        "expected_year": str(report.expected_year) if report.expected_year is not None else None,
        "execution_rate": str(report.execution_rate) if report.execution_rate else None,
        "progress": report.progress,
        "light": report.light,
        "likelihood": report.likelihood,
        "causes": list(report.causes),
        "cause_note": report.cause_note,
        "correction": report.correction,
        "indicators": [
            {"position": row.position, "actual": row.actual, "light": row.light} for row in rows
        ],
    }
