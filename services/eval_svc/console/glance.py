"""This service's part of the 全过程一览: self-evaluations handed in, and their grades."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from services.eval_svc.console.years import year_of
from services.eval_svc.queries.progress import owed_forms
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.duties.progress import count_by, total_progress
from shared.terms import label
from shared.web.console.request import clock, database
from shared.web.console.views import Tile, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("glance", __name__, template_folder="templates")
GRADE_TONES: dict[str, Tone] = {
    "excellent": "green",
    "good": "blue",
    "fair": "orange",
    "poor": "red",
}


@pages.get("/glance")
@permission("evaluation.self_evaluation.view")
def show_glance() -> str:
    """Show self-evaluations and grades of a budget year, each figure a link to its list."""
    actor, year = current_actor(), year_of(request.args.get("year", ""))
    owed = owed_forms(year)
    with database().read() as session:
        total = total_progress(session, actor, owed, clock().today())
        grades = count_by(session, actor, owed, SelfEvaluationRow.grade)

    def tile(title: str, value: int, tone: Tone, **query: Any) -> Tile:  # noqa: ANN401
        address = link("evaluation.self_evaluations", query={"year": year, "tab": "all", **query})
        return Tile(title, f"{value:,}", address, "份", tone)

    late: Tone = "red" if total.overdue else "green"
    return render_template(
        "evaluation/glance.html",
        tiles=[
            tile("应报自评", total.required, "blue"),
            tile("逾期未报", total.overdue, late, overdue="1"),
            *(
                tile(f"评为{label('grade', grade)}", grades.get(grade, 0), tone, grade=grade)
                for grade, tone in GRADE_TONES.items()
            ),
        ],
        total=total,
    )
