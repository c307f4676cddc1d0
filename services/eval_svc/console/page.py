"""One self-evaluation's page: the unit's form while it is with the unit, else the review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.findings import form_findings
from services.eval_svc.console.form_page import draw_form
from services.eval_svc.console.forms import (
    PublicationForm,
    ReferralForm,
    ReviewForm,
    SelfEvaluationForm,
    fill_command,
    filled_values,
)
from services.eval_svc.console.page_showing import (
    PHRASES,
    chain,
    history,
    may_publish,
    panels,
    review_choices,
    summary,
)
from services.eval_svc.console.showing import (
    points_text,
    state_badge,
    target_text,
)
from services.eval_svc.domain.states import WITH_UNIT, SelfEvaluationState
from services.eval_svc.queries.detail import FormDetail, form_detail
from services.eval_svc.usecases.fill_self_evaluation import fill_self_evaluation
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.eval_svc.usecases.submit_self_evaluation import (
    SubmitSelfEvaluation,
    submit_self_evaluation,
)
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.duties.forms import PaperForm
from shared.duties.showing import duty_due, paper_line
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.showing import choices_of
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_page", __name__, template_folder="templates")
ONE = "/self-evaluations/<int:year>/<uuid:self_evaluation_id>"
SUBMITTED = "已报送，等待审核。须报纸质件的，请打印带版本码的自评表签字盖章后送交。"


@pages.get(ONE)
@permission("evaluation.self_evaluation.view")
def show_one(year: int, self_evaluation_id: UUID) -> str:
    """Show the form to who may fill it now, else the self-evaluation."""
    return render_page(year, self_evaluation_id)


@pages.post(f"{ONE}/fill")
@permission("evaluation.self_evaluation.fill")
def fill(year: int, self_evaluation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep the draft; with `act=submit` also hand it in, once the draft is safe."""
    form = bind(SelfEvaluationForm(), request.form)
    if form.is_valid:
        here = link("evaluation.self_evaluation", year=year, id=self_evaluation_id)
        if _keep(form, year, self_evaluation_id) and request.form.get("act") != "submit":
            return redirect_with_notice(here, "草稿已保存，得分已重新计算。")
        if form.is_valid and _submit(form, year, self_evaluation_id):
            return redirect_with_notice(here, SUBMITTED)
    return render_page(year, self_evaluation_id, form=form), 422


def _keep(form: Form, year: int, self_evaluation_id: UUID) -> bool:
    with shown_in(form), database().begin() as uow:
        key = SelfEvaluationKey(year, self_evaluation_id, typed_version())
        loaded = fill_self_evaluation(uow, clock(), current_actor(), fill_command(key, form.data))
        form.typed["version"] = (str(loaded.form.version),)
    return form.is_valid


def _submit(form: Form, year: int, self_evaluation_id: UUID) -> bool:
    data = form.data
    with shown_in(form), database().begin() as uow:
        key = SelfEvaluationKey(year, self_evaluation_id, int(form.value("version")))
        command = SubmitSelfEvaluation(key, data["commitment"], data["signer_name"])
        submit_self_evaluation(uow, clock(), current_actor(), command)
    return form.is_valid


def render_page(
    year: int,
    self_evaluation_id: UUID,
    *,
    form: Form | None = None,
    review: Form | None = None,
    publication: Form | None = None,
    referral: Form | None = None,
    paper: Form | None = None,
    note: str = "",
    sheet_digest: str = "",
) -> str:
    """Return the page with the form that was refused, if there is one.

    `note` is a sentence above the unit's form, `sheet_digest` the uploaded file that can be had
    back with its problems marked.
    """
    actor = current_actor()
    with database().read() as session:
        detail = form_detail(session, actor, year, self_evaluation_id)
        common = _common(session, detail)
        state = SelfEvaluationState(detail.form.state)
        if state in WITH_UNIT and is_allowed(actor, "evaluation.self_evaluation.fill"):
            shown = form or blank(SelfEvaluationForm(), filled_values(detail))
            above = {"note": note, "sheet_digest": sheet_digest}
            return draw_form(session, detail, shown, common | above)
    return render_template(
        "evaluation/self_evaluation.html",
        form=form,
        review=review or blank(ReviewForm(), {}),
        publication=publication or blank(PublicationForm(), {}),
        referral=referral or blank(ReferralForm(), {}),
        paper=paper or blank(PaperForm(), {"received_on": clock().today()}),
        **_review_parts(detail),
        **common,
    )


def _common(session: Session, detail: FormDetail) -> dict[str, Any]:
    form = detail.form
    here = link("evaluation.self_evaluation", year=form.fiscal_year, id=form.self_evaluation_id)
    return {
        "detail": detail,
        "row": form,
        "unit": detail.unit,
        "badge": state_badge(form),
        "due": duty_due(form, clock().today(), load_calendar(session)),
        "here": here,
        "execution_points": form.execution_points,
        "findings": form_findings(detail, detail.indicators) if form.is_submitted else (),
        "entries": history(detail),
        "chain": chain(detail),
        "points_text": points_text,
        "target_text": target_text,
    }


def _review_parts(detail: FormDetail) -> dict[str, Any]:
    actor, form = current_actor(), detail.form
    return {
        "panels": panels(detail),
        "facts": summary(detail),
        "paper_line": paper_line(form),
        "task_facts": [(each["name"], each["done"]) for each in form.tasks],
        "phrases": PHRASES,
        "choices": review_choices(detail, actor),
        "has_paper": form.has_paper,
        "submitted": form.is_submitted,
        "may_publish": may_publish(detail, actor),
        "may_refer": form.is_submitted and is_allowed(actor, "evaluation.self_evaluation.refer"),
        "categories": choices_of("finding_category"),
    }
