"""Small pieces several pages of this service show."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from services.eval_svc.domain.states import SelfEvaluationState
from services.eval_svc.store.self_evaluations import IndicatorRow, SelfEvaluationRow
from shared.money import number_text
from shared.terms import label_of, labels
from shared.terms.vocabulary import Grade, QualityMark
from shared.web.console.views import Badge, Tone

_S = SelfEvaluationState
_TONES: Mapping[SelfEvaluationState, Tone] = {
    _S.OPEN: "grey",
    _S.DRAFT: "blue",
    _S.DEPT_REVIEW: "orange",
    _S.FIN_OFFICE_REVIEW: "orange",
    _S.ACCEPTED: "green",
    _S.CONFIRMED: "green",
    _S.SCORE_CORRECTED: "orange",
    _S.AWAITING_RELAY: "red",
    _S.PUBLISHED: "green",
}
_GRADES: Mapping[str, Tone] = {
    Grade.EXCELLENT: "green",
    Grade.GOOD: "blue",
    Grade.FAIR: "orange",
    Grade.POOR: "red",
}
_MARKS: Mapping[str, Tone] = {QualityMark.TRUE: "green", QualityMark.UNTRUE: "red"}


def state_badge(form: SelfEvaluationRow) -> Badge:
    """Return the state; a draft that was sent back says so."""
    state = SelfEvaluationState(form.state)
    if state is _S.DRAFT and form.return_reason:
        return Badge("被退回", "red")
    return Badge(label_of(state), _TONES[state])


def grade_badge(form: SelfEvaluationRow) -> Badge | None:
    """Return the grade; none before every line is scored."""
    return Badge(labels("grade")[form.grade], _GRADES[form.grade]) if form.grade else None


def quality_badge(form: SelfEvaluationRow) -> Badge | None:
    """Return what a recheck found; none before any."""
    if form.quality_mark == QualityMark.UNCHECKED:
        return None
    return Badge(labels("quality_mark")[form.quality_mark], _MARKS[form.quality_mark])


def result_score(form: SelfEvaluationRow) -> Decimal | None:
    """Return the score that counts: the recheck's where it corrected the unit's."""
    return form.total if form.recheck_score is None else form.recheck_score


def points_text(value: Decimal | None) -> str:
    """Return points without needless zeros, a dash for none."""
    return "—" if value is None else number_text(value)


def target_text(row: IndicatorRow) -> str:
    """Return an indicator's target value as forms print it: `≥20间`."""
    if row.operator == "qualitative":
        return row.target_value
    return f"{labels('operator').get(row.operator, '')}{row.target_value}{row.unit}"
