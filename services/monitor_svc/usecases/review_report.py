"""Act: review a report as department or lead office; conclude, order or verify a correction.

HC7.1, HC15.1, HC16.1. An accepted report is told to evaluation (Y25-4.7).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.monitor_svc.domain.states import ReportAct, ReportState, next_state
from services.monitor_svc.store.reports import ReportReviewRow
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from services.monitor_svc.usecases.moving import move
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.handing_in import check_paper, check_reviewer
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.monitoring import REPORT_ACCEPTED
from shared.ids import new_id
from shared.terms.vocabulary import PayAdvice

REVIEW_ACTS = frozenset(ReportAct) - {ReportAct.FILL, ReportAct.SUBMIT}
_NEED_REASON = frozenset(
    {ReportAct.RETURN_DEPT, ReportAct.RETURN_OFFICE, ReportAct.ORDER_CORRECTION}
)


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What the reviewer entered; `pay_advice` is the advice to treasury."""

    key: ReportKey
    act: ReportAct
    opinion: str = ""
    pay_advice: PayAdvice = PayAdvice.NORMAL


def review_report(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReviewReport
) -> LoadedReport:
    """Review; raise `InvalidInputError`, `SelfReviewError`, `PaperMissingError` or the refusal."""
    loaded = load_report(uow, actor, command.key, "monitoring.report.view")
    report = loaded.report
    next_state(ReportState(report.state), command.act)
    _check(actor, loaded, command)
    uow.session.add(
        ReportReviewRow(
            region_code=report.region_code,
            fiscal_year=report.fiscal_year,
            review_id=new_id(),
            report_id=report.report_id,
            stage=report.state,
            act=command.act.value,
            reviewed_at=clock.now(),
            reviewer_id=actor.account_id,
            reviewer_name=actor.name,
            post_name=actor.post_name,
            opinion=command.opinion.strip(),
            pay_advice=command.pay_advice.value,
        )
    )
    move(uow, clock, actor, loaded, command.act, comment=command.opinion.strip())
    if command.act is ReportAct.APPROVE_OFFICE:
        _tell(uow, actor, loaded)
    return loaded


def _check(actor: Actor, loaded: LoadedReport, command: ReviewReport) -> None:
    report = loaded.report
    if command.act not in REVIEW_ACTS:
        raise InvalidInputError([FieldProblem("act", "unknown", "请选择审核结论。")])
    check_reviewer(actor, report)
    if command.act in _NEED_REASON and not command.opinion.strip():
        raise InvalidInputError([FieldProblem("opinion", "missing", "请写明原因，便于单位修改。")])
    if command.act is ReportAct.APPROVE_OFFICE:
        check_paper(report)


def _tell(uow: UnitOfWork, actor: Actor, loaded: LoadedReport) -> None:
    report = loaded.report
    subject = Subject(report.report_id, report.version, report.region_code, report.fiscal_year)
    uow.emit(
        REPORT_ACCEPTED,
        subject,
        actor,
        {
            "target_id": report.target_id,
            "project_id": report.project_id,
            "unit_id": report.unit_id,
            "as_of": report.as_of,
            "budget": report.budget,
            "executed": report.executed,
            "execution_rate": report.execution_rate,
            "execution_light": report.execution_light,
            "achievement_light": report.achievement_light,
            "light": report.light,
            "pack_code": report.pack_code,
            "pack_version": report.pack_version,
        },
    )
