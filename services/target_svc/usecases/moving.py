"""Moves a target along a transition: state, version, tasks and trail, always together."""

from __future__ import annotations

from services.target_svc.domain.states import TargetAct, TargetState, next_state
from services.target_svc.domain.tasks import task_for
from services.target_svc.store.targets import TargetRow
from services.target_svc.usecases.loading import LoadedTarget
from shared.access.actor import Actor
from shared.access.rights import require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.model import Deadline
from shared.tasks.work import NewTask, close_tasks, open_task
from shared.trail.record import Act

REVIEW_DEADLINE = "target_review"
REVISE_DEADLINE = "target_revision"


def move(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedTarget,
    act: TargetAct,
    *,
    comment: str = "",
    to: TargetState | None = None,
) -> None:
    """Apply `act`; `to` replaces the table's end state where the chain collapses a stage.

    Raises `TransitionRefusedError` when the state does not allow it, `ForbiddenError` without the
    transition's permission.
    """
    target = loaded.target
    before = {"state": target.state, "version": target.version}
    edge = next_state(TargetState(target.state), act)
    require(actor, edge.permission)
    end = to or edge.to
    returned = end is TargetState.DRAFT and act is not TargetAct.EDIT
    target.state = end.value
    target.version += 1
    target.changed_at = clock.now()
    if returned:
        target.times_returned += 1
        target.return_reason = comment
    close_tasks(uow, clock, actor, target.target_id, outcome=act.value)
    open_state_task(uow, clock, actor, loaded, returned=returned)
    uow.record(
        actor,
        Act(
            name=f"target.target.{act.value}",
            object_kind="target.target",
            object_id=target.target_id,
            object_title=loaded.project.name,
            region=target.region_code,
            fiscal_year=target.fiscal_year,
            unit_id=target.unit_id,
            before=before,
            after={"state": target.state, "version": target.version},
            comment=comment,
        ),
    )


def open_state_task(
    uow: UnitOfWork, clock: Clock, actor: Actor, loaded: LoadedTarget, *, returned: bool
) -> None:
    """Open the task the target's present state calls for, with its working-day deadline."""
    target = loaded.target
    rule = task_for(TargetState(target.state), returned=returned)
    if rule is None:
        return
    deadline = _deadline(uow, clock, target, rule.kind)
    open_task(
        uow,
        clock,
        actor,
        NewTask(
            kind=rule.kind,
            title=f"{rule.title}：{loaded.project.name}",
            subject_kind="target.target",
            subject_id=target.target_id,
            region=target.region_code,
            fiscal_year=target.fiscal_year,
            unit_id=target.unit_id,
            role=rule.role,
            tab=rule.tab,
            due_on=deadline.due_on if deadline else target.due_on,
            provisional=deadline.provisional if deadline else False,
        ),
    )


def _deadline(uow: UnitOfWork, clock: Clock, target: TargetRow, kind: str) -> Deadline | None:
    if kind == "target.declare":
        return None
    pack = policy_for(uow.session, target.region_code, target.fiscal_year)
    rule_id = REVISE_DEADLINE if kind == "target.revise" else REVIEW_DEADLINE
    calendar = load_calendar(uow.session)
    return compute_deadline(pack, rule_id, target.fiscal_year, calendar, start=clock.today())
