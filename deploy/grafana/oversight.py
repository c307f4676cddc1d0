"""监督: findings by state and age, what is overdue, how much is covered and in time."""

from __future__ import annotations

from deploy.grafana.panels import Board, Show
from deploy.grafana.words import AGES, BOOKS, KINDS, RUNGS, STATES
from services.oversight_svc.domain.finding_states import CLOSED_STATES, VOID_STATES

CLOSED, VOID = "|".join(CLOSED_STATES), "|".join(VOID_STATES)
ALL = f'sum(max by (state) (findings{{state!~"{VOID}"}}))'
IN_TIME = 'max by (kind, timeliness) (tasks_handed_in{timeliness="on_time"})'
HANDED_IN = "max by (kind, timeliness) (tasks_handed_in)"
PASSED = 'max by (book, target) (projects{target="passed"})'
PROJECTS = "max by (book, target) (projects)"

OVERSIGHT = Board(
    "wenxiao-oversight",
    "问效 · 监督",
    "问题与整改、逾期与升级、目标覆盖、按期办理。全地区合计，每半分钟由定时进程统计一次。",
    {
        "问题与整改": (
            Show("整改率",
                 [(f'sum(max by (state) (findings{{state=~"{CLOSED}"}})) / {ALL}', "整改率")],
                 unit="percentunit", kind="stat", width=6, warn=0.9, bad=0.6, low_is_bad=True,
                 meaning="已销号及以后的问题占全部有效问题的比例。"),
            Show("有效问题", [(ALL, "问题")], kind="stat", width=6),
            Show("未整改满 90 天",
                 [('sum(max by (state, age) (findings_open{age=~"91-180|181[+]"})) or vector(0)',
                   "问题")], kind="stat", width=6, warn=1, bad=10),
            Show("逾期事项", [("sum(max by (service, kind) (tasks_overdue)) or vector(0)", "逾期")],
                 kind="stat", width=6, warn=1, bad=20),
            Show("问题按状态", [("max by (state) (findings)", "{{state}}")], kind="bargauge",
                 width=12, names=STATES),
            Show("未整改问题按时长（登记以来）",
                 [("sum by (age) (max by (state, age) (findings_open))", "{{age}}")],
                 kind="bargauge", width=12, names=AGES),
            Show("问题按状态的变化", [("max by (state) (findings)", "{{state}}")], width=24,
                 names=STATES),
        ),
        "逾期与升级": (
            Show("逾期事项按升级步骤",
                 [("sum by (rung) (max by (kind, rung) (overdue_by_rung))", "{{rung}}")],
                 kind="bargauge", width=12, names=RUNGS),
            Show("逾期事项按类别",
                 [("sum by (kind) (max by (kind, rung) (overdue_by_rung))", "{{kind}}")],
                 kind="bargauge", width=12, names=KINDS),
            Show("逾期事项的变化",
                 [("sum by (kind) (max by (service, kind) (tasks_overdue))", "{{kind}}")],
                 width=24),
        ),
        "覆盖与按期": (
            Show("绩效目标覆盖率按预算账本",
                 [(f"(sum by (book) ({PASSED}) or 0 * sum by (book) ({PROJECTS}))"
                   f" / sum by (book) ({PROJECTS})", "{{book}}")],
                 unit="percentunit", kind="bargauge", most=1, warn=0.95, bad=0.8, low_is_bad=True,
                 names=BOOKS, meaning="本预算年度：目标已通过审核的项目占该账本项目数的比例。"),
            Show("按期办理率", [(f"sum({IN_TIME}) / sum({HANDED_IN})", "按期")],
                 unit="percentunit", kind="stat", warn=0.95, bad=0.8, low_is_bad=True,
                 meaning="本年度和上年度已办结事项中，在到期日以前办结的比例。"),
            Show("按期办理率按类别",
                 [(f"(sum by (kind) ({IN_TIME}) or 0 * sum by (kind) ({HANDED_IN}))"
                   f" / sum by (kind) ({HANDED_IN})", "{{kind}}")],
                 unit="percentunit", kind="bargauge", most=1, warn=0.95, bad=0.8, low_is_bad=True,
                 names=KINDS),
            Show("工作日历已录入至（距今）",
                 [("min(calendar_published_ahead_seconds)", "距今")], unit="s", kind="stat",
                 width=24, warn=2_678_400, bad=0, low_is_bad=True,
                 runbook="CalendarNotPublished"),
        ),
    },
    has_services=False,
)  # fmt: skip
