"""Who is waited for in each state of a self-evaluation (Y25-5.4, Y25-5.7, HC17.1)."""

from __future__ import annotations

from dataclasses import dataclass

from services.eval_svc.domain.states import SelfEvaluationState


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The task a state opens: its kind, the role it waits for, and where the desk shows it."""

    kind: str
    role: str
    tab: str
    title: str


_S = SelfEvaluationState
_RULES = {
    _S.OPEN: TaskRule("evaluation.fill", "unit_operator", "todo", "填报单位自评表"),
    _S.DEPT_REVIEW: TaskRule("evaluation.review_dept", "dept_operator", "review", "审核单位自评"),
    _S.FIN_OFFICE_REVIEW: TaskRule(
        "evaluation.review_office", "fin_office", "review", "审核单位自评"
    ),
    _S.AWAITING_RELAY: TaskRule("evaluation.relay", "fin_office", "todo", "转达重新自评意见"),
    _S.ACCEPTED: TaskRule("evaluation.publish", "unit_operator", "todo", "公开自评报告"),
    _S.CONFIRMED: TaskRule("evaluation.publish", "unit_operator", "todo", "公开自评报告"),
    _S.SCORE_CORRECTED: TaskRule("evaluation.publish", "unit_operator", "todo", "公开自评报告"),
}


def task_for(state: SelfEvaluationState, *, returned: bool) -> TaskRule | None:
    """Return the task of `state`, or `None` where nobody in particular is waited for."""
    if state is SelfEvaluationState.DRAFT and returned:
        return TaskRule("evaluation.revise", "unit_operator", "returned", "修改后重新报送单位自评")
    return _RULES.get(state)
