"""The example county on its rehearsal day: 岳池县, 10 October 2023; the rest is 示例."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import select

from services.example.accountability import AccountabilityTeller
from services.example.annual_plan import annual_plans
from services.example.diary import Diary
from services.example.library import fill_library
from services.example.monitoring import FATES, ReportTeller, pay
from services.example.papers import Cupboard
from services.example.people import PASSWORD, changed_head, settle_people
from services.example.projects import conclude_ex_ante, import_year
from services.example.rectification import RectificationTeller
from services.example.self_evaluations import SelfEvaluationTeller
from services.example.sharing import shared_data
from services.example.stage import REGION, Stage, StoryClock, founder
from services.example.targets import TargetTeller, keep_scan, spread
from services.oversight_svc.store.people import AccountRow
from services.oversight_svc.usecases.activate_policy import ActivatePolicy, activate_policy
from shared.policy.loader import find_pack
from shared.runtime.module import Resources

REGION_NAME = "岳池县"

EXAMPLE_NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
"""09:00 in Asia/Shanghai on the rehearsal day."""

LAST_DAY = date(2023, 10, 9)
"""Nothing of the story happens on the rehearsal day itself."""

ACCOUNTS = (
    "示例账号（密码均为 " + PASSWORD + "）：",
    "  perf 绩效中心　office 教科文股　budget 预算股　treasury 国库股　leader 分管局长",
    "  u124 县教育局经办　u124001 城关第一小学经办　accountant 三个乡镇的代理会计",
    "  auditor 审计局　sysadmin 系统管理员　secadmin 安全管理员　auditadmin 审计管理员",
)

FATES_2024 = (
    "draft", "office", "perf", "passed", "office", "passed", "perf", "returned", "draft", "cut",
    "office", "perf", "joint", "relay", "draft", "passed", "office", "rejected", "perf", "draft",
)  # fmt: skip


def load_example(resources: Mapping[str, Resources]) -> list[str]:
    """Fill empty databases with the example county; return the lines that tell how to sign in."""
    if not _is_empty(resources):
        return list(ACCOUNTS)
    clock = StoryClock(datetime(2021, 10, 8, 2, 0, tzinfo=UTC))
    stage = Stage(resources, clock)
    _activate(stage)
    settle_people(stage)
    fill_library(stage)
    data_dir = resources["oversight_svc"].settings.data_dir
    if data_dir is None:
        raise ValueError("the settings of opened resources name the data folder")
    scan = keep_scan(data_dir)
    cupboard, diary = Cupboard(stage, resources["oversight_svc"].settings), Diary(stage)
    RectificationTeller(stage, diary, cupboard).begin()
    _past_year(stage, scan)
    _present_targets(stage, scan, diary)
    diary.begin(changed_head(stage))
    AccountabilityTeller(stage, diary, cupboard).begin()
    diary.begin(shared_data(stage))
    diary.begin(annual_plans(stage))
    diary.live_until(date(2023, 3, 3))
    SelfEvaluationTeller(stage, diary, cupboard, 2022).open()
    diary.live_until(date(2023, 9, 29))
    _present_reports(stage, scan)
    diary.live_until(LAST_DAY)
    stage.pump()
    _next_year(stage, scan)
    return list(ACCOUNTS)


def _is_empty(resources: Mapping[str, Resources]) -> bool:
    with resources["oversight_svc"].database.read() as session:
        return session.scalar(select(AccountRow.account_id).limit(1)) is None


def _activate(stage: Stage) -> None:
    pack = find_pack("yuechi-2023")
    answers = {question.id: question.readings[0][0] for question in pack.questions} if pack else {}
    with stage.databases["oversight_svc"].begin() as uow:
        command = ActivatePolicy("yuechi-2023", 0, answers, "示例：局长办公会议纪要")
        activate_policy(uow, stage.clock, founder(), command)
    stage.pump()


def _past_year(stage: Stage, scan: str) -> None:
    stage.clock.move_to(date(2021, 12, 6))
    lines = import_year(stage, 2022)
    teller = TargetTeller(stage, 2022, lines, scan)
    for number, (project, unit) in enumerate(teller.projects()):
        stage.clock.move_to(spread(date(2021, 12, 8), number, 3))
        teller.tell(project, unit, "active")
    stage.pump()
    stage.clock.move_to(date(2022, 10, 8))
    pay(stage, date(2022, 9, 30))
    ReportTeller(stage, 2022, scan).tell(date(2022, 10, 8), date(2022, 10, 12))


def _present_targets(stage: Stage, scan: str, diary: Diary) -> None:
    diary.live_until(date(2022, 12, 2))
    stage.clock.move_to(date(2022, 12, 5))
    lines = import_year(stage, 2023)
    conclude_ex_ante(stage)
    teller = TargetTeller(stage, 2023, lines, scan)
    for number, (project, unit) in enumerate(teller.projects()):
        day = spread(date(2022, 12, 21), number, 5)
        diary.live_until(day)
        stage.clock.move_to(day)
        teller.tell(project, unit, "active")
    stage.pump()


def _present_reports(stage: Stage, scan: str) -> None:
    stage.clock.move_to(date(2023, 10, 7))
    pay(stage, date(2023, 9, 30))
    ReportTeller(stage, 2023, scan).tell(date(2023, 10, 7), date(2023, 10, 9), FATES)


def _next_year(stage: Stage, scan: str) -> None:
    stage.clock.move_to(date(2023, 10, 9), hour=11)
    lines = import_year(stage, 2024)
    teller = TargetTeller(stage, 2024, lines, scan)
    for number, (project, unit) in enumerate(teller.projects()[:40]):
        teller.tell(project, unit, FATES_2024[number % len(FATES_2024)])
    stage.pump()


__all__ = ["EXAMPLE_NOW", "REGION", "REGION_NAME", "load_example"]
