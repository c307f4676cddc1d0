"""Brings a form's scores up to date with what is entered, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from services.eval_svc.domain.funds import Fund, total_fund
from services.eval_svc.domain.scoring import (
    Line,
    grade_of,
    score_execution,
    score_line,
    total_score,
)
from services.eval_svc.domain.submission import FilledForm, FilledLine
from services.eval_svc.store.objects import EvaluationObjectRow, ProjectCopyRow
from services.eval_svc.store.self_evaluations import FundRow, IndicatorRow, SelfEvaluationRow
from shared.db.unit_of_work import UnitOfWork
from shared.policy.model import SelfEvaluationPolicy
from shared.terms.vocabulary import SelfEvaluationKind


def line_of(row: IndicatorRow) -> Line:
    """Return what an indicator's score is found from."""
    return Line(row.points, row.operator, row.target_value, row.actual, row.band, row.chosen)


def fund_of(row: FundRow) -> Fund:
    """Return a row of the funds table, in 元."""
    return Fund(row.source, row.initial, row.budget, row.executed)


def rescore(
    policy: SelfEvaluationPolicy,
    form: SelfEvaluationRow,
    funds: Sequence[FundRow],
    rows: Sequence[IndicatorRow],
) -> None:
    """Set every score, the total and the grade; without all scores there is no grade yet."""
    total = total_fund(fund_of(row) for row in funds)
    execution, rate = score_execution(policy, budget=total.budget, executed=total.executed)
    form.budget, form.executed, form.execution_rate = total.budget, total.executed, rate
    form.execution_score = execution.score or policy.execution_points * 0
    form.execution_explanation = execution.explanation
    for row in rows:
        scored = score_line(policy, line_of(row))
        row.score, row.explanation = scored.score, scored.explanation
        row.achieved, row.over_fulfilled = scored.achieved, scored.over_fulfilled
    form.total = total_score([execution.score, *(row.score for row in rows)])
    is_whole = bool(rows) and all(row.score is not None for row in rows)
    form.grade = grade_of(policy, form.total).value if is_whole else ""


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
