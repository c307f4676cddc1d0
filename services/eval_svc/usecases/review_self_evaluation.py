"""Act: review as department or office, recheck as performance centre, hand on what it sent back.

Y25-5.4, HC17.1, HC17.2, YC23-5.2, SL21-7.3. An accepted or corrected result is told to the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from services.eval_svc.domain.scoring import is_untrue
from services.eval_svc.domain.scoring_execution import execution_rate
from services.eval_svc.domain.scoring_total import grade_of
from services.eval_svc.domain.states import SelfEvaluationAct, SelfEvaluationState, next_state
from services.eval_svc.store.self_evaluations import ReviewRow, SelfEvaluationRow
from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
)
from services.eval_svc.usecases.moving import move
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.handing_in import check_paper, check_reviewer
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.evaluation import SELF_EVALUATION_ACCEPTED
from shared.ids import new_id
from shared.money import round_half_up
from shared.policy.active import policy_for
from shared.policy.scoring import scheme_of
from shared.terms.vocabulary import QualityMark, SelfEvaluationKind

_A = SelfEvaluationAct
REVIEW_ACTS = frozenset(_A) - {_A.FILL, _A.SUBMIT, _A.PUBLISH}
RETURNS = frozenset({_A.RETURN_DEPT, _A.RETURN_OFFICE, _A.ORDER_RE_EVALUATION})
_NEED_REASON = RETURNS | {_A.CORRECT_SCORE}
_TOLD = frozenset({_A.APPROVE_OFFICE, _A.CONFIRM, _A.CORRECT_SCORE})
FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class ReviewSelfEvaluation:
    """What the reviewer entered; `score` is the recheck's own, out of 100, to correct a score."""

    key: SelfEvaluationKey
    act: SelfEvaluationAct
    opinion: str = ""
    score: Decimal | None = None


def review_self_evaluation(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReviewSelfEvaluation
) -> LoadedSelfEvaluation:
    """Review; raise `InvalidInputError`, `SelfReviewError`, `PaperMissingError` or the refusal."""
    loaded = load_self_evaluation(uow, actor, command.key, "evaluation.self_evaluation.view")
    form = loaded.form
    if command.act not in REVIEW_ACTS:
        raise InvalidInputError([FieldProblem("act", "unknown", "请选择审核结论。")])
    stage = form.state
    next_state(SelfEvaluationState(stage), command.act)
    _check(actor, form, command)
    comment = command.opinion.strip()
    if command.act is _A.RELAY_RETURN:
        comment = comment or _reason_of_centre(uow, form)
    move(uow, clock, actor, loaded, command.act, comment=comment)
    _judge(uow, form, command)
    uow.session.add(
        ReviewRow(
            region_code=form.region_code,
            fiscal_year=form.fiscal_year,
            review_id=new_id(),
            self_evaluation_id=form.self_evaluation_id,
            stage=stage,
            act=command.act.value,
            reviewed_at=clock.now(),
            reviewer_id=actor.account_id,
            reviewer_name=actor.name,
            post_name=actor.post_name,
            opinion=comment,
            score=command.score if command.act is _A.CORRECT_SCORE else None,
        )
    )
    if command.act in _TOLD:
        _tell(uow, actor, form)
    return loaded


def result_of(form: SelfEvaluationRow) -> Decimal:
    """Return the score that counts: the recheck's where it corrected the unit's."""
    if form.recheck_score is not None:
        return form.recheck_score
    return form.total if form.total is not None else Decimal(0)


def _check(actor: Actor, form: SelfEvaluationRow, command: ReviewSelfEvaluation) -> None:
    check_reviewer(actor, form)
    problems = []
    if command.act in _NEED_REASON and not command.opinion.strip():
        problems.append(FieldProblem("opinion", "missing", "请写明原因，便于单位修改和查核。"))
    if command.act is _A.CORRECT_SCORE:
        if command.score is None:
            problems.append(FieldProblem("score", "missing", "请填写复核得分。"))
        elif not 0 <= command.score <= FULL:
            problems.append(FieldProblem("score", "out_of_range", "复核得分应在0至100之间。"))
    if problems:
        raise InvalidInputError(problems)
    if command.act is _A.APPROVE_OFFICE:
        check_paper(form)


def _judge(uow: UnitOfWork, form: SelfEvaluationRow, command: ReviewSelfEvaluation) -> None:
    """Set what a recheck found: the score that counts, its grade, and whether it was true."""
    if command.act is _A.CONFIRM:
        form.quality_mark = QualityMark.TRUE.value
    elif command.act is _A.CORRECT_SCORE and command.score is not None:
        pack = policy_for(uow.session, form.region_code, form.fiscal_year)
        scheme = scheme_of(pack, form.kind, form.fiscal_year)
        untrue = is_untrue(pack.self_evaluation, result_of(form), command.score)
        form.quality_mark = (QualityMark.UNTRUE if untrue else QualityMark.TRUE).value
        form.recheck_score = round_half_up(command.score, scheme.places)
        rate = execution_rate(form.budget, form.executed)
        graded = grade_of(scheme, form.recheck_score, rate, name="复核得分")
        form.grade = graded.grade.value
        form.explained = {**form.explained, "grade": graded.explained.as_data()}


def _reason_of_centre(uow: UnitOfWork, form: SelfEvaluationRow) -> str:
    query = (
        select(ReviewRow.opinion)
        .where(
            ReviewRow.region_code == form.region_code,
            ReviewRow.fiscal_year == form.fiscal_year,
            ReviewRow.self_evaluation_id == form.self_evaluation_id,
            ReviewRow.act == _A.ORDER_RE_EVALUATION.value,
        )
        .order_by(ReviewRow.review_id.desc())
        .limit(1)
    )
    return uow.session.scalar(query) or ""


def _tell(uow: UnitOfWork, actor: Actor, form: SelfEvaluationRow) -> None:
    subject = Subject(form.self_evaluation_id, form.version, form.region_code, form.fiscal_year)
    is_project = form.kind == SelfEvaluationKind.PROJECT
    uow.emit(
        SELF_EVALUATION_ACCEPTED,
        subject,
        actor,
        {
            "kind": form.kind,
            "target_id": form.object_id,
            "project_id": form.subject_id if is_project else None,
            "unit_id": form.unit_id,
            "name": form.name,
            "total": result_of(form),
            "grade": form.grade,
            "budget": form.budget,
            "executed": form.executed,
            "execution_rate": form.execution_rate,
            "quality_mark": form.quality_mark,
            "pack_code": form.pack_code,
            "pack_version": form.pack_version,
        },
    )
