"""The form check as one pure function: a printed form in, a report out (Y25-5.4, YC23-5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from services.eval_svc.domain.form_check.comparing import Compared, compare
from services.eval_svc.domain.form_check.execution import check_execution, execution_of
from services.eval_svc.domain.form_check.form import PrintedForm
from services.eval_svc.domain.form_check.funds import check_funds
from services.eval_svc.domain.form_check.indicators import check_indicators, rule_score
from services.eval_svc.domain.form_check.report import CheckReport, Notes, Recomputed
from services.eval_svc.domain.form_check.rules import CheckRules, grade_for
from services.eval_svc.domain.form_check.totals import GRADE_NAMES, check_totals, counted_rows
from shared.money import number_text, round_half_up

_PLACES = 2
_PRECISION = 80
"""Digits kept while computing; the longest printed figure has 24."""


def check_form(form: PrintedForm, rules: CheckRules) -> CheckReport:
    """Return every disagreement on `form`, what the rules give, and what was not checked."""
    notes = Notes()
    with localcontext() as context:
        context.prec = _PRECISION
        check_funds(form, notes)
        check_execution(form, rules, notes)
        compared = [compare(row) for row in form.indicators]
        check_indicators(form, compared, rules, notes)
        check_totals(form, rules, notes)
        recomputed = _recomputed(form, compared, rules)
    return CheckReport(tuple(notes.findings), recomputed, tuple(notes.unchecked))


def _recomputed(form: PrintedForm, compared: Sequence[Compared], rules: CheckRules) -> Recomputed:
    """Return the figures anew: numeric indicators by the rule, others as printed."""
    execution = execution_of(form, rules)
    scores = [_score_of(form, each, rules) for each in compared]
    counted = {id(row) for row in counted_rows(form)}
    kept = [score for each, score in zip(compared, scores, strict=True) if id(each.row) in counted]
    known = [score for score in kept if score is not None]
    total = None
    if not form.is_partial and kept and len(known) == len(kept):
        part = execution.recomputed
        if part is not None or execution.points is None:
            total = sum(known, part or Decimal(0))
    scheme = rules.schemes.get(form.scheme or "")
    grades = rules.grades if scheme is None else scheme.grades
    return Recomputed(
        execution_rate=None if execution.rate is None else f"{execution.rate}%",
        execution_score=_text(execution.recomputed),
        indicator_scores=tuple(_text(score) for score in scores),
        total_score=_text(total),
        grade=None if total is None else GRADE_NAMES[grade_for(grades, total)],
    )


def _score_of(form: PrintedForm, each: Compared, rules: CheckRules) -> Decimal | None:
    if not each.row.counts:
        return None
    by_rule = rule_score(form, each, rules)
    if by_rule is not None:
        return round_half_up(by_rule, _PLACES)
    return None if each.score is None else each.score.value


def _text(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value)
