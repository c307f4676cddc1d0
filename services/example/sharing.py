"""Sharing in the example county: one grant in use, and one request waiting for its check (示例)."""

from __future__ import annotations

from datetime import date

from services.example.diary import Story, Turn
from services.example.stage import Stage
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.domain.sharing_states import ShareAct
from services.oversight_svc.usecases.sharing_answer import (
    AnswerShare,
    GrantShare,
    answer_share,
    grant_share,
)
from services.oversight_svc.usecases.sharing_delivery import OpenDelivery, open_delivery
from services.oversight_svc.usecases.sharing_moving import ShareKey
from services.oversight_svc.usecases.sharing_request import (
    SubmitShareRequest,
    submit_share_request,
)
from shared.terms.vocabulary import ShareEntry

PAST, PRESENT = 2022, 2023
_SERVICE = "oversight_svc"
_LAST_DAY = date(2024, 3, 29)


def shared_data(stage: Stage) -> Story:
    """Tell how the audit office was granted last year's data, and what it asks for now."""
    clock, auditor, perf = stage.clock, stage.actor("auditor"), stage.actor("perf")
    uow = yield Turn(date(2023, 9, 18), _SERVICE, hears=True)
    scope = ShareScope(
        {
            ShareEntry.TARGET: ("revision", "approved_amount", "annual_goal", "indicators"),
            ShareEntry.EVALUATION: ("total", "grade", "execution_rate"),
            ShareEntry.PAYMENT_SUMMARY: ("payments", "executed", "last_paid_on"),
            ShareEntry.RECTIFICATION: ("number", "title", "state", "due_on", "closed_on"),
        },
        (PAST,),
    )
    asked = SubmitShareRequest(
        scope, f"{PAST}年度预算执行和绩效管理审计", "岳审通〔2023〕18号（示例）", _LAST_DAY
    )
    row = submit_share_request(uow, clock, auditor, asked)
    uow = yield Turn(date(2023, 9, 19), _SERVICE)
    key = ShareKey(row.fiscal_year, row.request_id, 1)
    answer_share(uow, clock, perf, key, AnswerShare(ShareAct.CLEAR))
    uow = yield Turn(date(2023, 9, 21), _SERVICE)
    grant = grant_share(
        uow,
        clock,
        stage.actor("perf2"),
        ShareKey(row.fiscal_year, row.request_id, 2),
        GrantShare(scope, _LAST_DAY, "仅限审计组使用，审计结束后销毁；不得转交。"),
    )
    uow = yield Turn(date(2023, 9, 25), _SERVICE, hears=True)
    open_delivery(uow, clock, auditor, OpenDelivery(grant.grant_id))
    uow = yield Turn(date(2023, 10, 9), _SERVICE)
    waiting = SubmitShareRequest(
        ShareScope({ShareEntry.MONITORING: ("executed", "execution_rate", "light")}, (PRESENT,)),
        f"{PRESENT}年度重点项目跟踪审计",
        "岳审通〔2023〕25号（示例）",
        date(2023, 12, 29),
        other_content="项目资金分配会议纪要",
    )
    submit_share_request(uow, clock, stage.actor("auditor2"), waiting)
