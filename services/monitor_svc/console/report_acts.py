"""What is done to a report from its page: review, paper, scans, print."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import escape
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.duty import PAGES
from services.monitor_svc.console.forms import ReviewFormSchema
from services.monitor_svc.console.report_page import REPORT, render_report
from services.monitor_svc.console.showing import lamp
from services.monitor_svc.domain.states import ReportAct
from services.monitor_svc.queries.report_detail import find_by_print_code, report_detail
from services.monitor_svc.usecases.keep_upload import keep_upload
from services.monitor_svc.usecases.loading import ReportKey
from services.monitor_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.monitor_svc.usecases.review_report import ReviewReport, review_report
from shared.duties.counter_page import FoundPaper, code_of, draw_counter
from shared.duties.forms import PaperForm
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.web.console.files import show_file
from shared.web.console.forms import bind, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Link
from shared.web.files import current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("report_acts", __name__, template_folder="templates")
DONE = {
    ReportAct.APPROVE_DEPT: "已通过，转业务股室审核。",
    ReportAct.RETURN_DEPT: "已退回单位修改，退回意见已通知经办人。",
    ReportAct.APPROVE_OFFICE: "已通过并汇总。",
    ReportAct.RETURN_OFFICE: "已退回单位修改，退回意见已通知经办人。",
    ReportAct.CONCLUDE: "已正常办结。",
    ReportAct.ORDER_CORRECTION: "已责令纠偏，到期后由业务股室核实。",
    ReportAct.VERIFY_CORRECTION: "已核实纠偏情况并办结。",
}


@pages.post(f"{REPORT}/review")
@permission("monitoring.report.view")
def review(year: int, report_id: UUID) -> BaseResponse | tuple[str, int]:
    """Decide; who may is told by the report's state."""
    form = bind(ReviewFormSchema(), request.form)
    act = request.form.get("act", "")
    if act not in {each.value for each in DONE}:
        unknown = FieldProblem("opinion", "unknown", "请选择审核结论。")
        form.refuse(InvalidInputError([unknown]))
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            key = ReportKey(year, report_id, typed_version())
            data = form.data
            command = ReviewReport(key, ReportAct(act), data["opinion"], data["pay_advice"])
            review_report(uow, clock(), current_actor(), command)
    if form.is_valid:
        here = link("monitoring.report", year=year, id=report_id)
        return redirect_with_notice(here, DONE[ReportAct(act)])
    return render_report(year, report_id, review=form), 422


@pages.post(f"{REPORT}/paper")
@permission("monitoring.report.receive_paper")
def take_paper(year: int, report_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record the paper copy from the report's own page or from the counter."""
    form = bind(PaperForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            key = ReportKey(year, report_id, typed_version())
            received = form.data["received_on"] or clock().today()
            command = ReceivePaper(key, code_of(form.data["code"]), received)
            loaded = receive_paper(uow, clock(), current_actor(), command)
            name = loaded.project.name
    if not form.is_valid:
        return render_report(year, report_id, paper=form), 422
    back = link("monitoring.report", year=year, id=report_id)
    if request.form.get("from") == "counter":
        back = PAGES.counter
    return redirect_with_notice(back, f"已登记收到「{name}」的纸质件。")


@pages.get("/paper")
@permission("monitoring.report.receive_paper")
def show_counter() -> str:
    """Show the counter: type or scan a version code, then confirm."""
    code = code_of(request.args.get("code", ""))
    found = None
    if code:
        with database().read() as session:
            printed = find_by_print_code(session, current_actor(), code)
        if printed:
            report, project, unit = printed
            here = link("monitoring.report", year=report.fiscal_year, id=report.report_id)
            facts = (("单位", unit.name), ("项目编码", project.code))
            found = FoundPaper(report, project.name, here, facts)
    return draw_counter(PAGES, code, found)


@pages.get(f"{REPORT}/print")
@permission("monitoring.report.view")
def print_report(year: int, report_id: UUID) -> str:
    """Show the official form for A4, with the version code of the latest submission."""
    with database().read() as session:
        detail = report_detail(session, current_actor(), year, report_id)
    return render_template(
        "monitoring/report_print.html",
        detail=detail,
        report=detail.report,
        project=detail.project,
        unit=detail.unit,
        rows=detail.indicators,
        lamp=lamp,
        here=link("monitoring.report", year=year, id=report_id),
        # A report sent back has no valid code until it is handed in again.
        submission=detail.submissions[-1] if detail.report.is_submitted else None,
    )


@pages.get(f"{REPORT}/scans/<uuid:submission_id>")
@permission("monitoring.report.view")
def show_scan(year: int, report_id: UUID, submission_id: UUID) -> BaseResponse | str:
    """Show the signed scan of one submission."""
    with database().read() as session:
        detail = report_detail(session, current_actor(), year, report_id)
    chosen = next(
        (each for each in detail.submissions if each.submission_id == submission_id), None
    )
    if chosen is None:
        raise NotFoundError
    name = f"{detail.project.name}签字扫描件{chosen.print_code}"
    crumbs = [Link(detail.project.name, link("monitoring.report", year=year, id=report_id))]
    return show_file(chosen.scan_digest, name, crumbs=crumbs)


@pages.post("/files")
@permission("monitoring.file.upload")
def upload() -> Response:
    """Keep a scan that goes up at once; answer with what the form shows and repeats."""
    source = next(iter(request.files.values()), None)
    if source is None:
        missing = FieldProblem("scan", "missing", "请选择要上传的文件。")
        raise InvalidInputError([missing])
    named = (source.stream, source.filename or "扫描件")
    with database().begin() as uow:
        kept = keep_upload(uow, clock(), current_actor(), current_store(), named)
    shown = escape(kept.filename)
    return make_response(
        f'<li>{shown}<input type="hidden" name="scan" value="{kept.digest}"></li>', 201
    )
