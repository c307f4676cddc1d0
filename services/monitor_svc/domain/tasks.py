"""Who is waited for in each state of a monitoring report (HC7.1, HC16.1)."""

from __future__ import annotations

from dataclasses import dataclass

from services.monitor_svc.domain.states import ReportState


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The task a state opens: its kind, the role it waits for, and where the desk shows it."""

    kind: str
    role: str
    tab: str
    title: str


_S = ReportState
_RULES = {
    _S.OPEN: TaskRule("monitoring.fill", "unit_operator", "todo", "填报绩效运行监控表"),
    _S.DEPT_REVIEW: TaskRule("monitoring.review_dept", "dept_operator", "review", "审核监控表"),
    _S.FIN_OFFICE_REVIEW: TaskRule(
        "monitoring.review_office", "fin_office", "review", "审核监控表"
    ),
    _S.CORRECTING: TaskRule("monitoring.verify", "fin_office", "todo", "核实纠偏情况"),
}


def task_for(state: ReportState, *, returned: bool) -> TaskRule | None:
    """Return the task of `state`, or `None` where nobody in particular is waited for."""
    if state is ReportState.DRAFT and returned:
        return TaskRule("monitoring.revise", "unit_operator", "returned", "修改后重新报送监控表")
    return _RULES.get(state)
