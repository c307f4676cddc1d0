"""Brings a form's scores up to date with what is entered, and says what is wrong with it.

Y25-5.4, YC23-5.1.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.eval_svc.domain.funds import Fund, total_fund
from services.eval_svc.domain.scoring import Line, score_line
from services.eval_svc.domain.scoring_execution import execution_rate, score_execution
from services.eval_svc.domain.scoring_explained import NOTHING
from services.eval_svc.domain.scoring_points import compare_points
from services.eval_svc.domain.scoring_total import grade_of, score_total
from services.eval_svc.domain.submission import FilledForm, FilledLine
from services.eval_svc.store.objects import EvaluationObjectRow, ProjectCopyRow
from services.eval_svc.store.self_evaluations import FundRow, IndicatorRow, SelfEvaluationRow
from shared.db.unit_of_work import UnitOfWork
from shared.money import round_half_up
from shared.policy.model import Pack
from shared.policy.scoring import scheme_of
from shared.terms.vocabulary import SelfEvaluationKind


def line_of(row: IndicatorRow) -> Line:
    """Return what an indicator's score is found from."""
    return Line(
        points=row.points,
        operator=row.operator,
        target=row.target_value,
        actual=row.actual,
        band=row.band,
        chosen=row.chosen,
        level1=row.level1,
    )


def fund_of(row: FundRow) -> Fund:
    """Return a row of the funds table, in 元."""
    return Fund(row.source, row.initial, row.budget, row.executed)


def rescore(
    pack: Pack,
    form: SelfEvaluationRow,
    funds: Sequence[FundRow],
    rows: Sequence[IndicatorRow],
) -> None:
    """Set every score, the total and the grade, each with how it was found.

    Without all scores there is no grade yet. The scheme follows from the form's kind and year.
    """
    scheme = scheme_of(pack, form.kind, form.fiscal_year)
    total = total_fund(fund_of(row) for row in funds)
    execution = score_execution(
        scheme, budget=total.budget, executed=total.executed, finished=form.is_finished
    )
    form.budget, form.executed = total.budget, total.executed
    form.execution_rate = execution.achieved
    form.execution_points = round_half_up(scheme.execution.points, 2)
    form.execution_score = execution.score or NOTHING
    form.execution_explanation = execution.explanation
    for row in rows:
        scored = score_line(scheme, line_of(row))
        row.score, row.explanation = scored.score, scored.explanation
        row.achieved, row.over_fulfilled = scored.achieved, scored.over_fulfilled
        row.explained = scored.explained.as_data()
    rate = execution_rate(total.budget, total.executed)
    parts = [(row.level1, row.score) for row in rows]
    found = score_total(scheme, form.execution_score, parts, rate)
    form.total = found.score or NOTHING
    is_whole = bool(rows) and all(row.score is not None for row in rows)
    graded = grade_of(scheme, form.total, rate) if is_whole else None
    form.grade = graded.grade.value if graded else ""
    form.explained = {
        "scheme": {
            "code": scheme.code,
            "version": scheme.version,
            "title": scheme.title,
            "pack_code": pack.ref.code,
            "pack_version": pack.ref.version,
        },
        "execution": execution.explained.as_data(),
        "total": found.explained.as_data(),
        "grade": graded.explained.as_data() if graded else None,
        "points": [
            each.as_data()
            for each in compare_points(scheme, [(row.level1, row.points) for row in rows])
        ],
    }


def refresh_known(uow: UnitOfWork, form: SelfEvaluationRow) -> None:
    """Take what other services know of the project now: adjusted budget and payments, in 元."""
    if form.kind != SelfEvaluationKind.PROJECT:
        return
    region, year = form.region_code, form.fiscal_year
    project = uow.session.get(ProjectCopyRow, (region, year, form.subject_id))
    if project is not None:
        form.known_budget = project.adjusted_amount
    if form.object_id is not None:
        monitored = uow.session.get(EvaluationObjectRow, (region, year, form.object_id))
        if monitored is not None:
            form.known_executed, form.known_as_of = monitored.executed, monitored.monitored_as_of


def filled_form(
    form: SelfEvaluationRow, funds: Sequence[FundRow], rows: Sequence[IndicatorRow]
) -> FilledForm:
    """Return the form as the rules of submission see it."""
    return FilledForm(
        kind=SelfEvaluationKind(form.kind),
        funds=[fund_of(row) for row in funds],
        known_budget=form.known_budget,
        known_executed=form.known_executed,
        executed_note=form.executed_note,
        result=form.result,
        overview=form.overview,
        tasks=[(each["name"], each["done"]) for each in form.tasks],
        lines=[
            FilledLine(row.name, row.level1, line_of(row), row.reason, row.unit) for row in rows
        ],
        conclusion=form.conclusion,
        problems=form.problems,
        measures=form.measures,
        project_owner=form.project_owner,
        finance_person=form.finance_person,
    )
