"""Moves a self-evaluation along a transition: state, version, tasks and trail, always together."""

from __future__ import annotations

from datetime import date

from services.eval_svc.domain.states import SelfEvaluationAct, SelfEvaluationState, next_state
from services.eval_svc.domain.tasks import task_for
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from services.eval_svc.usecases.loading import LoadedSelfEvaluation
from shared.access.actor import Actor
from shared.access.rights import require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.model import DeadlineKind
from shared.policy.names import DeadlineName
from shared.tasks.work import NewTask, close_tasks, open_task

_DEADLINES = {
    "evaluation.review_dept": DeadlineName.SELF_EVALUATION_REVIEW,
    "evaluation.review_office": DeadlineName.SELF_EVALUATION_REVIEW,
    "evaluation.relay": DeadlineName.SELF_EVALUATION_REVIEW,
    "evaluation.revise": DeadlineName.SELF_EVALUATION_REVISION,
    "evaluation.publish": DeadlineName.SELF_EVALUATION_PUBLICATION,
}
"""Kind of task → the rule its deadline comes from."""


def move(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedSelfEvaluation,
    act: SelfEvaluationAct,
    *,
    comment: str = "",
    to: SelfEvaluationState | None = None,
) -> None:
    """Apply `act`; `to` replaces the table's end state where the chain collapses a stage.

    Raises `TransitionRefusedError` when the state does not allow it, `ForbiddenError` without the
    transition's permission.
    """
    form = loaded.form
    before = {"state": form.state, "version": form.version}
    edge = next_state(SelfEvaluationState(form.state), act)
    require(actor, edge.permission)
    end = to or edge.to
    returned = end is SelfEvaluationState.DRAFT and act is not SelfEvaluationAct.FILL
    form.state = end.value
    form.version += 1
    form.changed_at = clock.now()
    if returned:
        form.times_returned += 1
        form.return_reason = comment
    close_tasks(uow, clock, actor, form.self_evaluation_id, outcome=act.value)
    _open_state_task(uow, clock, actor, form, returned=returned)
    after = {"state": form.state, "version": form.version}
    record_act(
        uow, actor, form, act.value, title=form.name, before=before, after=after, comment=comment
    )


def state_task(
    form: SelfEvaluationRow, due_on: date, *, provisional: bool, returned: bool = False
) -> NewTask | None:
    """Return the task the form's present state calls for, `None` where nobody is waited for."""
    rule = task_for(SelfEvaluationState(form.state), returned=returned)
    if rule is None:
        return None
    return NewTask(
        kind=rule.kind,
        title=f"{rule.title}：{form.name}",
        subject_kind="evaluation.self_evaluation",
        subject_id=form.self_evaluation_id,
        region=form.region_code,
        fiscal_year=form.fiscal_year,
        unit_id=form.unit_id,
        role=rule.role,
        tab=rule.tab,
        due_on=due_on,
        provisional=provisional,
    )


def _open_state_task(
    uow: UnitOfWork, clock: Clock, actor: Actor, form: SelfEvaluationRow, *, returned: bool
) -> None:
    rule = task_for(SelfEvaluationState(form.state), returned=returned)
    if rule is None:
        return
    due_on, provisional = _due(uow, clock, form, rule.kind)
    task = state_task(form, due_on, provisional=provisional, returned=returned)
    if task is not None:
        open_task(uow, clock, actor, task)


def _due(uow: UnitOfWork, clock: Clock, form: SelfEvaluationRow, kind: str) -> tuple[date, bool]:
    pack = policy_for(uow.session, form.region_code, form.fiscal_year)
    name = _DEADLINES[kind]
    counted = pack.deadlines[name].kind is DeadlineKind.WORKDAYS_AFTER
    deadline = compute_deadline(
        pack,
        name,
        form.fiscal_year,
        load_calendar(uow.session),
        start=clock.today() if counted else None,
    )
    return deadline.due_on, deadline.provisional
