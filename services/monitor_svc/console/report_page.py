"""One report's page: the unit's form while it is with the unit, else what reviewers look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.forms import (
    ProblemFormSchema,
    ReportFormSchema,
    ReviewFormSchema,
    fill_command,
    filled_values,
)
from services.monitor_svc.console.report_showing import (
    PHRASES,
    chain,
    history,
    panels,
    referred,
    review_choices,
    summary,
)
from services.monitor_svc.console.showing import lamp, state_badge
from services.monitor_svc.domain.states import ACCEPTED_STATES, WITH_UNIT, ReportState
from services.monitor_svc.domain.submission import needs_correction
from services.monitor_svc.queries.report_detail import (
    ReportDetail,
    report_detail,
    report_indicator_rows,
)
from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportIndicatorRow, ReportRow
from services.monitor_svc.usecases.fill_report import fill_report
from services.monitor_svc.usecases.loading import ReportKey
from services.monitor_svc.usecases.prefilling import recompute_lights
from services.monitor_svc.usecases.submit_report import SubmitReport, submit_report
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.duties.forms import PaperForm
from shared.duties.showing import duty_due, paper_line
from shared.files.uploads import use_upload
from shared.policy.active import policy_for
from shared.policy.model import MonitoringPolicy
from shared.terms.vocabulary import Light
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.showing import choices_of
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("report_page", __name__, template_folder="templates")
REPORT = "/reports/<int:year>/<uuid:report_id>"
SUBMITTED = "已报送，等待审核。须报纸质件的，请打印带版本码的监控表签字盖章后送交。"


@pages.get(REPORT)
@permission("monitoring.report.view")
def show_report(year: int, report_id: UUID) -> str:
    """Show the form to who may fill it now, else the report."""
    return render_report(year, report_id)


@pages.post(f"{REPORT}/fill")
@permission("monitoring.report.fill")
def fill(year: int, report_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep the draft; with `act=submit` also hand it in, once the draft is safe."""
    form = bind(ReportFormSchema(), request.form)
    if form.is_valid:
        here = link("monitoring.report", year=year, id=report_id)
        if _keep(form, year, report_id) and request.form.get("act") != "submit":
            return redirect_with_notice(here, "草稿已保存，预警灯已重新计算。")
        if form.is_valid and _submit(form, year, report_id):
            return redirect_with_notice(here, SUBMITTED)
    return render_report(year, report_id, form=form), 422


@pages.post(f"{REPORT}/lights")
@permission("monitoring.report.fill")
def show_lights(year: int, report_id: UUID) -> str:
    """Return the lights of what is typed, computed and not kept."""
    form = bind(ReportFormSchema(), request.form)
    with database().read() as session:
        report, project, rows = report_indicator_rows(session, current_actor(), year, report_id)
        policy = policy_for(session, report.region_code, year).monitoring
    report.budget = project.adjusted_amount  # the objects belong to no session any more
    _type_in(form, rows)
    recompute_lights(policy, report, rows)
    return render_template(
        "monitoring/lights.html", live=True, **_lights(policy, report, rows, form)
    )


def _keep(form: Form, year: int, report_id: UUID) -> bool:
    with shown_in(form), database().begin() as uow:
        key = ReportKey(year, report_id, typed_version())
        loaded = fill_report(uow, clock(), current_actor(), fill_command(key, form.data))
        form.typed["version"] = (str(loaded.report.version),)
    return form.is_valid


def _submit(form: Form, year: int, report_id: UUID) -> bool:
    actor, data = current_actor(), form.data
    with shown_in(form), database().begin() as uow:
        use_upload(uow, clock(), actor, data["scan"])
        key = ReportKey(year, report_id, int(form.value("version")))
        command = SubmitReport(key, data["commitment"], data["signer_name"], data["scan"])
        submit_report(uow, clock(), actor, command)
    return form.is_valid


def _type_in(form: Form, rows: Sequence[ReportIndicatorRow]) -> None:
    by_position = {str(row.position): row for row in rows}
    for prefix in form.rows("indicators"):
        row = by_position.get(form.value(f"{prefix}.position"))
        if row is not None:
            row.actual = form.value(f"{prefix}.actual")


def _lights(
    policy: MonitoringPolicy, report: ReportRow, rows: Sequence[ReportIndicatorRow], form: Form
) -> dict[str, Any]:
    likelihood = form.value("likelihood")
    return {
        "report": report,
        "rows": rows,
        "lamp": lamp,
        "needed": needs_correction(policy, Light(report.light), likelihood),
    }


def render_report(
    year: int,
    report_id: UUID,
    *,
    form: Form | None = None,
    review: Form | None = None,
    paper: Form | None = None,
    problem: Form | None = None,
) -> str:
    """Return the page with the form that was refused, if there is one."""
    actor = current_actor()
    with database().read() as session:
        detail = report_detail(session, actor, year, report_id)
        policy = policy_for(session, detail.report.region_code, year).monitoring
        common = _common(session, detail)
    state = ReportState(detail.report.state)
    if state in WITH_UNIT and is_allowed(actor, "monitoring.report.fill"):
        shown = form or blank(ReportFormSchema(), filled_values(detail.report, detail.indicators))
        return _form_page(detail, shown, policy, common)
    received = {"received_on": clock().today()}
    return render_template(
        "monitoring/report.html",
        panels=panels(detail, policy),
        facts=summary(detail, policy),
        paper_line=paper_line(detail.report),
        phrases=PHRASES,
        choices=review_choices(detail, actor),
        advice=choices_of("pay_advice"),
        form=form,
        review=review or blank(ReviewFormSchema(), {}),
        paper=paper or blank(PaperForm(), received),
        problem=problem or blank(ProblemFormSchema()),
        referred=referred(detail),
        may_refer=state in ACCEPTED_STATES,
        categories=choices_of("finding_category"),
        **common,
    )


def _common(session: Session, detail: ReportDetail) -> dict[str, Any]:
    report = detail.report
    return {
        "detail": detail,
        "report": report,
        "project": detail.project,
        "unit": detail.unit,
        "rows": detail.indicators,
        "badge": state_badge(report),
        "due": duty_due(report, clock().today(), load_calendar(session)),
        "has_paper": report.has_paper,
        "here": link("monitoring.report", year=report.fiscal_year, id=report.report_id),
        "lamp": lamp,
        "entries": history(detail),
        "chain": chain(detail),
    }


def _form_page(
    detail: ReportDetail, form: Form, policy: MonitoringPolicy, common: dict[str, Any]
) -> str:
    report, project, rows = detail.report, detail.project, detail.indicators
    _show_treasury(report, project, detail)
    if form.problems:
        _type_in(form, rows)
    recompute_lights(policy, report, rows)
    return render_template(
        "monitoring/report_form.html",
        form=form,
        judgements=choices_of("judgement"),
        causes=choices_of("cause_code"),
        likelihoods=choices_of("likelihood"),
        lights=_lights(policy, report, rows, form),
        **common,
    )


def _show_treasury(report: ReportRow, project: ProjectCopyRow, detail: ReportDetail) -> None:
    """Show today's treasury figures, which saving will take over; the row is detached."""
    report.budget = project.adjusted_amount
    report.executed = detail.executed_now
