"""This service's part of the 全过程一览: self-evaluations handed in, and their grades."""

from __future__ import annotations

from flask import Blueprint, request

from services.eval_svc.console.years import year_of
from services.eval_svc.queries.progress import owed_forms
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.duties.glance_page import Glance, glance_page
from shared.terms import label
from shared.web.permissions import permission

pages = Blueprint("glance", __name__, template_folder="templates")
GLANCE = Glance(
    template="evaluation/glance.html",
    list_name="evaluation.self_evaluations",
    required="应报自评",
    result=SelfEvaluationRow.grade,
    key="grade",
    tones={"excellent": "green", "good": "blue", "fair": "orange", "poor": "red"},
    title_of=lambda grade: f"评为{label('grade', grade)}",
)


@pages.get("/glance")
@permission("evaluation.self_evaluation.view")
def show_glance() -> str:
    """Show self-evaluations and grades of a budget year, each figure a link to its list."""
    year = year_of(request.args.get("year", ""))
    return glance_page(GLANCE, owed_forms(year), year)
