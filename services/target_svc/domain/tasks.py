"""Who is waited for in each state: the task a target's state opens (HC7.1, HC18.2)."""

from __future__ import annotations

from dataclasses import dataclass

from services.target_svc.domain.states import TargetState


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The task a state opens: its kind, the role it waits for, and where the desk shows it."""

    kind: str
    role: str
    tab: str
    title: str


_S = TargetState
_RULES = {
    _S.DEPT_REVIEW: TaskRule("target.review_dept", "dept_operator", "review", "审核绩效目标"),
    _S.FIN_OFFICE_REVIEW: TaskRule("target.review_office", "fin_office", "review", "审核绩效目标"),
    _S.FIN_PERF_REVIEW: TaskRule("target.review_perf", "fin_perf", "review", "审核绩效目标"),
    _S.JOINT_REVIEW: TaskRule("target.review_joint", "fin_perf", "review", "集中会审绩效目标"),
    _S.AWAITING_RELAY: TaskRule("target.relay", "fin_office", "todo", "向单位转达退回意见"),
    _S.APPROVED_ISSUED: TaskRule("target.issue", "dept_operator", "todo", "向所属单位批复目标"),
}


def task_for(state: TargetState, *, returned: bool) -> TaskRule | None:
    """Return the task of `state`, or `None` where nobody in particular is waited for."""
    if state is TargetState.DRAFT:
        if returned:
            return TaskRule("target.revise", "unit_operator", "returned", "修改后重新报送绩效目标")
        return TaskRule("target.declare", "unit_operator", "todo", "填报绩效目标")
    return _RULES.get(state)
