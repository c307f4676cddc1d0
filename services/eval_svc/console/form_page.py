"""The unit's form: what stands beside the fields, and the scores while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from services.eval_svc.console.findings import form_findings
from services.eval_svc.console.forms import SelfEvaluationForm
from services.eval_svc.console.page_showing import FILE_TITLES
from services.eval_svc.console.showing import points_text
from services.eval_svc.console.typed import typed_funds, typed_indicators
from services.eval_svc.domain.funds import total_fund
from services.eval_svc.domain.scoring_bands import band_words
from services.eval_svc.queries.detail import FormDetail, form_detail
from services.eval_svc.store.self_evaluations import IndicatorRow
from services.eval_svc.usecases.scoring_form import fund_of, rescore
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.policy.scoring import ScoringScheme, scheme_of
from shared.terms import label
from shared.terms.scoring import ExecutionRule
from shared.web.console.forms import Form, bind
from shared.web.console.request import database
from shared.web.console.showing import choices_of
from shared.web.console.views import Choice, EditorColumn
from shared.web.identity import current_actor
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_form", __name__, template_folder="templates")
ONE = "/self-evaluations/<int:year>/<uuid:self_evaluation_id>"
TASK_EDITOR = (
    EditorColumn("name", "年度主要任务", width="wide", required=True),
    EditorColumn("done", "完成情况", "area", width="wide", required=True),
)


@pages.post(f"{ONE}/scores")
@permission("evaluation.self_evaluation.fill")
def show_scores(year: int, self_evaluation_id: UUID) -> str:
    """Return the scores of what is typed, computed and not kept."""
    typed = bind(SelfEvaluationForm(), request.form)
    with database().read() as session:
        detail = form_detail(session, current_actor(), year, self_evaluation_id)
        pack = policy_for(session, detail.form.region_code, year)
    # the rows belong to no session any more
    return render_template(
        "evaluation/scores.html",
        live=True,
        points_text=points_text,
        **_scores(pack, detail, typed),
    )


def draw_form(session: Session, detail: FormDetail, form: Form, common: dict[str, Any]) -> str:
    """Return the unit's page with what is typed in `form`; nothing of it is saved."""
    pack = policy_for(session, detail.form.region_code, detail.form.fiscal_year)
    scheme = scheme_of(pack, detail.form.kind, detail.form.fiscal_year)
    for row in (detail.form, *detail.funds, *detail.indicators):
        session.expunge(row)  # scores of what is only typed must not be kept
    scores = _scores(pack, detail, form)
    total = total_fund(fund_of(row) for row in detail.funds)
    return render_template(
        "evaluation/form.html",
        form=form,
        rows=scores["rows"],
        scores=scores,
        fund_total=total,
        bands=choices_of("qualitative_step"),
        band_hints=_band_hints(scheme, detail.indicators),
        task_editor=TASK_EDITOR,
        indicator_editor=_indicator_editor(),
        expected=100 - scheme.execution.points,
        kept_files=_kept_files(detail, form),
        fund_label=lambda source: label("fund_source", source),
        own_rows=detail.form.object_id is None,
        asks_finished=scheme.execution.rule == ExecutionRule.EXECUTION_BAND,
        is_project=detail.form.kind == "project",
        **{**common, "execution_points": scheme.execution.points},
    )


def _scores(pack: Pack, detail: FormDetail, form: Form) -> dict[str, Any]:
    funds = typed_funds(form, detail.funds)
    rows = typed_indicators(form, detail)
    detail.form.is_finished = form.value("is_finished").lower() == "true"
    rescore(pack, detail.form, funds, rows)
    scheme = scheme_of(pack, detail.form.kind, detail.form.fiscal_year)
    points = sum((row.points for row in rows), scheme.execution.points)
    findings = form_findings(detail, rows, is_filling=True)
    return {
        "row": detail.form,
        "rows": rows,
        "points": points,
        "scheme": scheme,
        "findings": findings,
    }


def _band_hints(scheme: ScoringScheme, rows: Sequence[IndicatorRow]) -> dict[int, list[str]]:
    return {
        row.position: [
            f"{label('qualitative_step', band.code)}：{band_words(scheme, band, row.points)}"
            for band in scheme.qualitative_bands
        ]
        for row in rows
        if row.operator == "qualitative"
    }


def _indicator_editor() -> tuple[EditorColumn, ...]:
    return (
        EditorColumn("level1", "一级指标", "select", choices=choices_of("indicator_level1")),
        EditorColumn("level2", "二级指标", "select", choices=choices_of("indicator_level2")),
        EditorColumn("name", "三级指标", width="wide", required=True),
        EditorColumn(
            "operator", "比较方式", "select", width="narrow", choices=choices_of("operator")
        ),
        EditorColumn("target_value", "年度指标值", width="narrow", required=True),
        EditorColumn("unit", "单位", width="narrow"),
        EditorColumn("points", "分值", "number", width="narrow", required=True),
        EditorColumn("actual", "实际完成值", width="narrow", required=True),
        EditorColumn("band", "定性档次", "select", choices=choices_of("qualitative_step")),
        EditorColumn("chosen", "定性得分", "number", width="narrow"),
        EditorColumn("reason", "偏差原因和改进措施", "area", width="wide"),
    )


def _kept_files(detail: FormDetail, form: Form) -> dict[str, list[Choice]]:
    names = {each["digest"]: each["filename"] for each in detail.form.files}
    return {
        kind: [
            Choice(digest, names.get(digest, "刚上传的文件"))
            for digest in dict.fromkeys(form.typed.get(kind, ()))
            if digest.strip()
        ]
        for kind in FILE_TITLES
    }
