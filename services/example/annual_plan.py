"""Finance and audit together in the example county: annual plans, a joint action (示例)."""

from __future__ import annotations

from datetime import date

from services.example.diary import Story, Turn
from services.example.stage import Stage
from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.annual_plan import Coordination, PlanKind
from services.oversight_svc.domain.joint_actions import AssignedTask, Party
from services.oversight_svc.usecases.coordinate_plans import CoordinatePlans, coordinate_plans
from services.oversight_svc.usecases.file_audit_plan import (
    PlannedAudit,
    audit_item_id,
    file_audit_plan,
)
from services.oversight_svc.usecases.lead_joint_action import (
    ActionKey,
    InviteParty,
    StartAction,
    invite_party,
    start_action,
)
from services.oversight_svc.usecases.plan_finance_work import PlanWork, plan_work
from services.oversight_svc.usecases.work_joint_action import (
    KeepActionMinutes,
    keep_action_minutes,
)
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit_by_code

PRESENT = 2023
_SERVICE = "oversight_svc"
_DOCUMENT = "岳财绩〔2023〕3号（示例）"
_AUDIT_DOCUMENT = "岳审发〔2023〕5号（示例）"
_FINANCE = (
    (PlanKind.KEY_EVALUATION, "124", "义务教育薄弱环节改善资金重点评价", 6, 8),
    (PlanKind.KEY_EVALUATION, "134", "农村公路养护资金重点评价", 6, 9),
    (PlanKind.KEY_MONITORING, "112", "政法信息化建设资金重点监控", 8, 10),
    (PlanKind.FINANCIAL_INSPECTION, "117", "机关运行经费财会监督检查", 4, 5),
)
_AUDIT = (
    ("sj2023-04", "124", "县教育局2022年度预算执行审计", "预算执行审计", 7, 9),
    ("sj2023-07", "112", "政法专项资金审计", "专项审计", 10, 12),
    ("sj2023-09", "133", "保障性住房专项资金审计", "专项审计", 9, 11),
)


def annual_plans(stage: Stage) -> Story:
    """Tell how both offices planned the year and agreed about one unit."""
    uow = yield Turn(date(2023, 3, 13), _SERVICE, hears=True)
    clock, perf = stage.clock, stage.actor("perf")
    planned = {}
    for kind, code, title, first, last in _FINANCE:
        unit = find_unit_by_code(uow.session, perf.scope.region, code)
        if unit is None:
            continue
        work = PlanWork(
            PRESENT, kind, unit.unit_id, f"{title}（示例）",
            starts_on=_first(first), ends_on=_last(last), document_number=_DOCUMENT,
        )  # fmt: skip
        planned[code] = plan_work(uow, clock, perf, work).item_id
    uow = yield Turn(date(2023, 3, 20), _SERVICE)
    region = perf.scope.region
    items = [
        PlannedAudit(
            PRESENT, key, code, f"{title}（示例）", kind,
            _first(first), _last(last), _AUDIT_DOCUMENT,
        )
        for key, code, title, kind, first, last in _AUDIT
        if find_unit_by_code(uow.session, region, code)
    ]  # fmt: skip
    file_audit_plan(uow, clock, stage.actor("auditor"), items)
    uow = yield Turn(date(2023, 3, 28), _SERVICE)
    agreed = CoordinatePlans(
        PRESENT,
        planned["124"],
        audit_item_id(region, "sj2023-04"),
        0,
        Coordination.REUSED,
        "审计先行进点，重点评价采用审计取证资料，不重复向单位要数。",
    )
    coordinate_plans(uow, clock, stage.actor("auditor"), agreed)
    uow = yield Turn(date(2023, 9, 26), _SERVICE)
    _act_together(uow, stage)


def _act_together(uow: UnitOfWork, stage: Stage) -> None:
    """Let finance and audit look into one unit together; its department reports the accounts."""
    clock, perf = stage.clock, stage.actor("perf")
    unit = find_unit_by_code(uow.session, perf.scope.region, "112")
    if unit is None:
        return
    start = StartAction(
        PRESENT, unit.unit_id, "政法专项资金财审联合检查（示例）",
        "核对专项资金台账、支付和项目进度，问题由各自机关登记。",
        "岳财审联〔2023〕2号（示例）", date(PRESENT, 9, 26), date(PRESENT, 11, 30),
    )  # fmt: skip
    action = start_action(uow, clock, perf, start)
    uow.session.flush()
    department = Party(None, unit.unit_id)
    for party in (Party(MemberBody.AUDIT), Party(MemberBody.DISCIPLINE), department):
        rights = MemberRights.READ if party.body is MemberBody.DISCIPLINE else MemberRights.WORK
        key = ActionKey(PRESENT, action.action_id, action.version)
        invite_party(uow, clock, perf, InviteParty(key, party, rights, "联席会议纪要第2期（示例）"))
        uow.session.flush()
    tasks = (
        AssignedTask(department, "单位财务负责人", "报送专项资金台账和支付凭证", 5),
        AssignedTask(Party(MemberBody.FINANCE), "程立新", "核对国库支付和绩效目标", 10),
        AssignedTask(Party(MemberBody.AUDIT), "韩静", "现场核查设备到位情况", 15),
    )
    key = ActionKey(PRESENT, action.action_id, action.version)
    minutes = KeepActionMinutes(
        key,
        tasks,
        held_on=date(PRESENT, 9, 26),
        attendees="县财政局、县审计局、驻局纪检监察组、县公安局",
        text="分头核对，10月底前会商结果。",
    )
    keep_action_minutes(uow, clock, perf, minutes)


def _first(month: int) -> date:
    return date(PRESENT, month, 1)


def _last(month: int) -> date:
    return date(PRESENT, month, 28)
