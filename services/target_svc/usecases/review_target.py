"""Act: a department's or lead office's review: pass on, or return with a reason (HC13.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.target_svc.domain.review import (
    ReviewFinding,
    SelfReviewError,
    act_for_grade,
    check_first_review,
    check_performance_review,
    check_return,
    total_points,
)
from services.target_svc.domain.states import TargetAct, TargetState, next_state
from services.target_svc.store.targets import TargetReviewRow
from services.target_svc.usecases.loading import LoadedTarget, TargetKey, load_target
from services.target_svc.usecases.moving import move
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.terms.vocabulary import Grade

_PASSES = {
    TargetState.DEPT_REVIEW: TargetAct.APPROVE_DEPT,
    TargetState.FIN_OFFICE_REVIEW: TargetAct.APPROVE_OFFICE,
}
_RETURNS = {
    TargetState.DEPT_REVIEW: TargetAct.RETURN_DEPT,
    TargetState.FIN_OFFICE_REVIEW: TargetAct.RETURN_OFFICE,
    TargetState.AWAITING_RELAY: TargetAct.RELAY_RETURN,
}


@dataclass(frozen=True, slots=True)
class ReviewTarget:
    """What the reviewer entered; `passing` counts below 绩效中心, which decides by grade."""

    key: TargetKey
    finding: ReviewFinding
    passing: bool


def review_target(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReviewTarget
) -> LoadedTarget:
    """Review in whatever stage the target stands.

    Raises `InvalidInputError` (reason or checks missing), `SelfReviewError`,
    `TransitionRefusedError` when nothing is to be reviewed.
    """
    loaded = load_target(uow, actor, command.key, "target.target.view")
    target = loaded.target
    state = TargetState(target.state)
    act = _act(uow, loaded, state, command)
    next_state(state, act)
    if actor.account_id is not None and actor.account_id == target.submitted_by:
        raise SelfReviewError
    _keep_review(uow, clock, actor, loaded, act, command.finding)
    if act in (TargetAct.APPROVE_PERF, TargetAct.RETURN_PERF, TargetAct.REJECT_PERF):
        target.grade = command.finding.grade.value if command.finding.grade else None
        target.cut_amount = command.finding.cut_amount
    comment = command.finding.opinion or target.return_reason
    if act is TargetAct.RETURN_PERF:
        target.return_reason = command.finding.opinion
    move(uow, clock, actor, loaded, act, comment=comment)
    return loaded


def _act(
    uow: UnitOfWork, loaded: LoadedTarget, state: TargetState, command: ReviewTarget
) -> TargetAct:
    target = loaded.target
    policy = policy_for(uow.session, target.region_code, target.fiscal_year).review
    finding, passing = command.finding, command.passing
    if state in (TargetState.FIN_PERF_REVIEW, TargetState.JOINT_REVIEW):
        requested = loaded.project.initial_amount
        problems = check_performance_review(policy, finding, requested=requested)
        _refuse(problems)
        return act_for_grade(policy, finding.grade or Grade.POOR)
    if state is TargetState.FIN_OFFICE_REVIEW:
        _refuse(check_first_review(policy, finding, passing=passing))
    elif state is TargetState.DEPT_REVIEW and not passing:
        _refuse(check_return(finding))
    if state is TargetState.AWAITING_RELAY:
        return TargetAct.RELAY_RETURN
    return (_PASSES if passing else _RETURNS).get(state, TargetAct.APPROVE_DEPT)


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidInputError(problems)


def _keep_review(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedTarget,
    act: TargetAct,
    finding: ReviewFinding,
) -> None:
    target = loaded.target
    uow.session.add(
        TargetReviewRow(
            region_code=target.region_code,
            fiscal_year=target.fiscal_year,
            review_id=new_id(),
            target_id=target.target_id,
            stage=target.state,
            act=act.value,
            reviewed_at=clock.now(),
            reviewer_id=actor.account_id,
            reviewer_name=actor.name,
            post_name=actor.post_name,
            opinion=finding.opinion.strip(),
            checks=dict(finding.checks),
            items={code: str(points) for code, points in finding.items.items()},
            total=total_points(finding) if finding.items else None,
            grade=finding.grade.value if finding.grade else None,
            cut_amount=finding.cut_amount,
        )
    )


EMPTY_FINDING = ReviewFinding(
    opinion="", checks={}, items={}, grade=None, cut_amount=Decimal("0.00")
)
"""A review without any entry, for passing on what needs none."""
