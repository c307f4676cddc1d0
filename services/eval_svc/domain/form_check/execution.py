"""The score of budget execution in the funds table's total row (Y25-5.4, YC23-5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.form_check.form import PrintedForm, is_execution_heading
from services.eval_svc.domain.form_check.funds import Money, money_of, total_row_is_empty
from services.eval_svc.domain.form_check.printed import Figure, figure_in
from services.eval_svc.domain.form_check.report import (
    FormCheckCode,
    FormFinding,
    Notes,
    Severity,
    Words,
)
from services.eval_svc.domain.form_check.rules import (
    CheckRules,
    SchemeRules,
    proportional_execution,
    scheme_for,
    standing_of,
)
from shared.money import number_text, round_half_up

_RATE_PLACES = 2


@dataclass(frozen=True, slots=True)
class Execution:
    """Points and score of execution as printed, and what the form's money gives."""

    points: Figure | None
    score: Figure | None
    recomputed: Decimal | None
    rate: Decimal | None


def execution_of(form: PrintedForm, rules: CheckRules) -> Execution:
    """Return the execution part of the form; all `None` where the funds table has no total row."""
    at = form.total_fund_at
    if at is None:
        return Execution(_heading_points(form), None, None, None)
    row = form.funds[at]
    scheme = scheme_for(form.execution_rule, form.scheme, rules)
    points = figure_in(row.weight) or _heading_points(form)
    own = rules.schemes.get(form.scheme or "")
    if points is None and own is not None:
        points = Figure(own.execution_points, 0)
    score = figure_in(row.score)
    money = money_of(form, row)
    if not money.has_rate or total_row_is_empty(form):
        return Execution(points, score, None, None)
    rate = round_half_up(_rate(money), _RATE_PLACES)
    found = None if points is None else _from_rate(points.value, rate, scheme)[0]
    recomputed = None if found is None else round_half_up(found, _RATE_PLACES)
    return Execution(points, score, recomputed, rate)


def _heading_points(form: PrintedForm) -> Figure | None:
    """Return the points of a heading of its own, unless indicators stand below it."""
    if any(row.counts and row.is_execution for row in form.indicators):
        return None
    for section in form.sections:
        if is_execution_heading(section.level1):
            return figure_in(section.weight)
    return None


def _rate(money: Money) -> Decimal:
    return (money.executed or Decimal(0)) * 100 / (money.budget or Decimal(1))


def _from_rate(points: Decimal, rate: Decimal, scheme: SchemeRules | None) -> tuple[Decimal, ...]:
    """Return the scores that may stand for a rate in %, the likeliest first."""
    rule = proportional_execution if scheme is None else scheme.score_execution
    return rule(points, rate, Decimal(100))


def check_execution(form: PrintedForm, rules: CheckRules, notes: Notes) -> None:
    """Check the printed score of execution against the rule, from the exact or the rounded rate."""
    at = form.total_fund_at
    if at is None or total_row_is_empty(form):
        return
    row, path = form.funds[at], f"funds[{at}].score"
    part, money = execution_of(form, rules), money_of(form, row)
    if part.points is None or part.score is None:
        if part.points is None and part.score is not None:
            notes.skip(path, "未印分值", "no weight printed")
        return
    if not money.has_rate:
        notes.skip(path, "没有可算的执行率", "no rate can be found")
        return
    scheme = scheme_for(form.execution_rule, form.scheme, rules)
    exact = _rate(money)
    printed = figure_in(row.rate)
    places = _RATE_PLACES if printed is None else printed.places
    rates = {exact, round_half_up(exact, places), round_half_up(exact, _RATE_PLACES)}
    scores = [score for rate in rates for score in _from_rate(part.points.value, rate, scheme)]
    if any(abs(part.score.value - score) <= part.score.step for score in scores):
        return
    standing = standing_of(form.execution_rule, scheme)
    expected = number_text(part.recomputed or Decimal(0))
    notes.find(
        FormFinding(
            FormCheckCode.EXECUTION_SCORE_MISMATCH,
            standing.severity(Severity.WARNING),
            path,
            row.score,
            expected,
            Words(
                f"{number_text(part.points.value)}分 × 执行率{part.rate}%"
                f"（最高满分）= {expected}分，印的是{row.score}。"
                if scheme is None
                else f"按评分方案，执行率{part.rate}%得{expected}分，印的是{row.score}。",
                f"weight {number_text(part.points.value)} at a rate of {part.rate}% gives "
                f"{expected}, printed {row.score}",
            ),
            standing.basis,
            standing.source,
        )
    )
