"""A report's problems that were handed to oversight: refer one, and see where it stands."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from services.monitor_svc.console.forms import ProblemFormSchema
from services.monitor_svc.console.report_page import REPORT, render_report
from services.monitor_svc.usecases.loading import ReportKey
from services.monitor_svc.usecases.refer_problem import ReferProblem, refer_problem
from shared.web.console.forms import bind, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("problem_pages", __name__, template_folder="templates")


@pages.post(f"{REPORT}/problems")
@permission("monitoring.problem.refer")
def refer(year: int, report_id: UUID) -> BaseResponse | tuple[str, int]:
    """Hand the problem to oversight."""
    form = bind(ProblemFormSchema(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = ReferProblem(ReportKey(year, report_id, typed_version()), **form.data)
            refer_problem(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return render_report(year, report_id, problem=form), 422
    here = link("monitoring.report", year=year, id=report_id)
    return redirect_with_notice(
        f"{here}#problems", "已移交，登记为监督问题后在本页显示编号和进展。"
    )
