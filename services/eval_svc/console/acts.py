"""What is done to a self-evaluation from its page: review, publish, refer, paper, files, print."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import escape
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.duty import PAGES
from services.eval_svc.console.forms import (
    PublicationForm,
    ReferralForm,
    ReviewForm,
)
from services.eval_svc.console.page import ONE, render_page
from services.eval_svc.console.showing import points_text, target_text
from services.eval_svc.domain.funds import total_fund
from services.eval_svc.domain.states import SelfEvaluationAct
from services.eval_svc.queries.detail import find_by_print_code, form_detail
from services.eval_svc.usecases.fill_self_evaluation import FILE_KINDS
from services.eval_svc.usecases.keep_upload import keep_upload
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.eval_svc.usecases.publish_self_evaluation import (
    PublishSelfEvaluation,
    publish_self_evaluation,
)
from services.eval_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.eval_svc.usecases.refer_problem import ReferProblem, refer_problem
from services.eval_svc.usecases.review_self_evaluation import (
    ReviewSelfEvaluation,
    review_self_evaluation,
)
from services.eval_svc.usecases.scoring_form import fund_of
from shared.duties.counter_page import FoundPaper, code_of, draw_counter
from shared.duties.forms import PaperForm
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.terms import label
from shared.web.console.forms import bind, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.files import attachment, current_store
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_acts", __name__, template_folder="templates")
_A = SelfEvaluationAct
DONE = {
    _A.APPROVE_DEPT: "已通过，转业务股室审核。",
    _A.RETURN_DEPT: "已退回单位修改，退回意见已通知经办人。",
    _A.APPROVE_OFFICE: "已审核通过，请提醒单位按期公开自评报告。",
    _A.RETURN_OFFICE: "已退回单位修改，退回意见已通知经办人。",
    _A.CONFIRM: "已记录复核属实。",
    _A.CORRECT_SCORE: "已按复核结果调整得分。",
    _A.ORDER_RE_EVALUATION: "已要求重新自评，由业务股室转达单位。",
    _A.RELAY_RETURN: "已转达单位，单位可修改后重新报送。",
}


def _key(year: int, self_evaluation_id: UUID) -> SelfEvaluationKey:
    return SelfEvaluationKey(year, self_evaluation_id, typed_version())


@pages.post(f"{ONE}/review")
@permission("evaluation.self_evaluation.view")
def review(year: int, self_evaluation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Decide; who may is told by the form's state."""
    form = bind(ReviewForm(), request.form)
    act = request.form.get("act", "")
    if act not in {each.value for each in DONE}:
        form.refuse(InvalidInputError([FieldProblem("opinion", "unknown", "请选择审核结论。")]))
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            data = form.data
            command = ReviewSelfEvaluation(
                _key(year, self_evaluation_id), _A(act), data["opinion"], data["score"]
            )
            review_self_evaluation(uow, clock(), current_actor(), command)
    if form.is_valid:
        here = link("evaluation.self_evaluation", year=year, id=self_evaluation_id)
        return redirect_with_notice(here, DONE[_A(act)])
    return render_page(year, self_evaluation_id, review=form), 422


@pages.post(f"{ONE}/publication")
@permission("evaluation.self_evaluation.publish")
def publish(year: int, self_evaluation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record where and when the report was published."""
    form = bind(PublicationForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = PublishSelfEvaluation(_key(year, self_evaluation_id), **form.data)
            publish_self_evaluation(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return render_page(year, self_evaluation_id, publication=form), 422
    here = link("evaluation.self_evaluation", year=year, id=self_evaluation_id)
    return redirect_with_notice(here, "已登记公开网址和日期。")


@pages.post(f"{ONE}/referral")
@permission("evaluation.self_evaluation.refer")
def refer(year: int, self_evaluation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Hand a problem to oversight."""
    form = bind(ReferralForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = ReferProblem(_key(year, self_evaluation_id), **form.data)
            refer_problem(uow, clock(), current_actor(), command)
    if not form.is_valid:
        return render_page(year, self_evaluation_id, referral=form), 422
    here = link("evaluation.self_evaluation", year=year, id=self_evaluation_id)
    return redirect_with_notice(here, "已移交监督环节，稍后在整改台账中登记。")


@pages.post(f"{ONE}/paper")
@permission("evaluation.self_evaluation.receive_paper")
def take_paper(year: int, self_evaluation_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record the paper copy from the form's own page or from the counter."""
    form = bind(PaperForm(), request.form)
    name = ""
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            received = form.data["received_on"] or clock().today()
            code = code_of(form.data["code"])
            command = ReceivePaper(_key(year, self_evaluation_id), code, received)
            name = receive_paper(uow, clock(), current_actor(), command).form.name
    if not form.is_valid:
        return render_page(year, self_evaluation_id, paper=form), 422
    back = link("evaluation.self_evaluation", year=year, id=self_evaluation_id)
    if request.form.get("from") == "counter":
        back = PAGES.counter
    return redirect_with_notice(back, f"已登记收到「{name}」的纸质件。")


@pages.get("/paper")
@permission("evaluation.self_evaluation.receive_paper")
def show_counter() -> str:
    """Show the counter: type or scan a version code, then confirm."""
    code = code_of(request.args.get("code", ""))
    found = None
    if code:
        with database().read() as session:
            printed = find_by_print_code(session, current_actor(), code)
        if printed:
            form, unit = printed
            year, key = form.fiscal_year, form.self_evaluation_id
            here = link("evaluation.self_evaluation", year=year, id=key)
            facts = (("单位", unit.name), ("自评类别", label("self_evaluation_kind", form.kind)))
            found = FoundPaper(form, form.name, here, facts)
    return draw_counter(PAGES, code, found)


@pages.get(f"{ONE}/print")
@permission("evaluation.self_evaluation.view")
def print_form(year: int, self_evaluation_id: UUID) -> str:
    """Show the official form for A4, with the version code of the latest submission."""
    with database().read() as session:
        detail = form_detail(session, current_actor(), year, self_evaluation_id)
    row = detail.form
    # A form sent back has no valid code until it is handed in again.
    is_valid = row.is_submitted and detail.submissions
    return render_template(
        "evaluation/print.html",
        detail=detail,
        row=row,
        unit=detail.unit,
        execution_points=row.execution_points,
        total=total_fund(fund_of(each) for each in detail.funds),
        points_text=points_text,
        target_text=target_text,
        here=link("evaluation.self_evaluation", year=year, id=self_evaluation_id),
        submission=detail.submissions[-1] if is_valid else None,
    )


@pages.get(f"{ONE}/files/<uuid:bundle_id>/<evidence>")
@permission("evaluation.self_evaluation.view")
def show_file(year: int, self_evaluation_id: UUID, bundle_id: UUID, evidence: str) -> Response:
    """Send one file of a submitted bundle; `evidence` is its digest."""
    with database().read() as session:
        detail = form_detail(session, current_actor(), year, self_evaluation_id)
    chosen = next(
        (
            file
            for each in detail.submissions
            if each.submission_id == bundle_id
            for file in each.files
            if file["digest"] == evidence
        ),
        None,
    )
    if chosen is None:
        raise NotFoundError
    return attachment(current_store().read(evidence), chosen["filename"], chosen["media_type"])


@pages.post("/files")
@permission("evaluation.file.upload")
def upload() -> Response:
    """Keep a file that goes up at once; answer with what the form shows and repeats."""
    name, source = next(iter(request.files.items()), ("", None))
    if source is None or name not in FILE_KINDS:
        missing = FieldProblem("scan", "missing", "请选择要上传的文件。")
        raise InvalidInputError([missing])
    with database().begin() as uow:
        actor = current_actor()
        given = (source.stream, source.filename or "材料")
        kept = keep_upload(uow, clock(), actor, current_store(), given)
        shown, digest = escape(kept.filename), kept.digest
    return make_response(
        f'<li>{shown}<input type="hidden" name="{name}" value="{digest}"></li>', 201
    )
