"""Which review stages a target passes (HC7.1, HC13.1, YC23-2.4)."""

from __future__ import annotations

from services.target_svc.domain.states import TargetState
from shared.policy.model import ReviewPolicy, ReviewStage


def stages_for(policy: ReviewPolicy, *, unit_is_department: bool) -> tuple[ReviewStage, ...]:
    """Return the stages in order; a unit that is its own department does not review itself."""
    return tuple(
        stage
        for stage in policy.stages
        if not (stage.collapse_when_same_unit and unit_is_department)
    )


def state_after_submission(policy: ReviewPolicy, *, unit_is_department: bool) -> TargetState:
    """Return the first stage's state; each stage's code is the state's value."""
    return TargetState(stages_for(policy, unit_is_department=unit_is_department)[0].code)
