"""Which event is applied by which use case.

This service owns units, keys and sessions and writes them itself, so it hears only of policy and
calendar from the frame's events, like everybody else. Its own tasks reach the desk as everybody's
do: by event, so that there is one rule for what a desk shows.
"""

from __future__ import annotations

from services.oversight_svc.usecases.copy_task import copy_closed, copy_opened, copy_rescheduled
from services.oversight_svc.usecases.sharing_records import (
    share_evaluation,
    share_payments,
    share_project,
    share_report,
    share_target,
)
from services.oversight_svc.usecases.take_referred_problem import take_referred_problem
from shared.calendar_store import learn_calendar_day
from shared.events import evaluation, monitoring, oversight, target
from shared.policy.active import learn_policy
from shared.runtime.module import Handler

HANDLERS: dict[str, Handler] = {
    oversight.POLICY_ACTIVATED: learn_policy,
    oversight.CALENDAR_CHANGED: learn_calendar_day,
    target.TASK_OPENED: copy_opened,
    target.TASK_CLOSED: copy_closed,
    target.TASK_RESCHEDULED: copy_rescheduled,
    monitoring.TASK_OPENED: copy_opened,
    monitoring.TASK_CLOSED: copy_closed,
    monitoring.TASK_RESCHEDULED: copy_rescheduled,
    evaluation.TASK_OPENED: copy_opened,
    evaluation.TASK_CLOSED: copy_closed,
    evaluation.TASK_RESCHEDULED: copy_rescheduled,
    evaluation.PROBLEM_REFERRED: take_referred_problem,
    monitoring.PROBLEM_REFERRED: take_referred_problem,
    target.PROJECT_REGISTERED: share_project,
    target.PROJECT_CHANGED: share_project,
    target.TARGET_APPROVED: share_target,
    monitoring.REPORT_ACCEPTED: share_report,
    monitoring.PAYMENTS_IMPORTED: share_payments,
    evaluation.SELF_EVALUATION_ACCEPTED: share_evaluation,
    oversight.TASK_OPENED: copy_opened,
    oversight.TASK_CLOSED: copy_closed,
    oversight.TASK_RESCHEDULED: copy_rescheduled,
}
