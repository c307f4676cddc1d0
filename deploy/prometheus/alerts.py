"""What raises an alert besides burning budgets, and what is left out because its cause is known.

An alert that follows from another is not raised beside it: without a broker nothing can be sent,
and whoever is called should read the cause, not its consequences.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.prometheus.burning import PAGE, TICKET
from deploy.prometheus.timing import Timing

CLOCK_SECONDS = 30
CALENDAR_DAYS = 31
LEAST_FREE = 0.1
MOST_RESTARTS = 2
MOST_REFUSALS = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule. `hold` is for how many seconds the condition has to last."""

    name: str
    severity: str
    expr: str
    hold: float
    summary: str
    description: str


def leaderless(lease: str) -> str:
    """Return the services whose database answers while nobody holds `lease`."""
    return (
        "max by (service) (database_up) == 1"
        f' unless on (service) max by (service) (lease_held{{lease="{lease}"}}) == 1'
    )


BROKER_AWAY = "max by (service) (broker_connected) == 0"


def events(timing: Timing) -> tuple[Alert, ...]:
    """Return the alerts about events on their way."""
    late = timing.seconds
    return (
        Alert(
            "BrokerAway", PAGE, BROKER_AWAY, 60,
            "{{ $labels.service }} 连不上消息中间件",
            "接收事件的连接已断开。办事不受影响，事件在发件箱等候；各服务之间的数据暂不更新。",
        ),
        Alert(
            "RelayStopped", PAGE, leaderless("relay"), 60,
            "{{ $labels.service }} 的事件没有进程转发",
            "没有进程持有转发租约，发件箱里的事件发不出去。",
        ),
        Alert(
            "EventsNotSent", PAGE,
            f"max by (service) (outbox_oldest_unsent_seconds) > {late(120)}"
            f" unless on () ({BROKER_AWAY}) unless on (service) ({leaderless('relay')})",
            60,
            "{{ $labels.service }} 的事件发不出去",
            "最早一个未发出的事件已等了 {{ $value | humanizeDuration }}；消息中间件和租约都正常。",
        ),
        Alert(
            "EventsNotProcessed", PAGE,
            f"max by (service) (inbox_oldest_unhindered_seconds) > {late(120)}", 60,
            "{{ $labels.service }} 收到的事件没有处理",
            "最早一个未处理的事件已等了 {{ $value | humanizeDuration }}，它前面没有停放的事件。",
        ),
        Alert(
            "EventsParked", TICKET, "max by (service) (events_parked) > 0", 0,
            "{{ $labels.service }} 有 {{ $value }} 个事件停放",
            "事件处理失败六次后停放，同一对象其后的事件等候，须由人重新执行或丢弃。",
        ),
        Alert(
            "EventsUndecodable", TICKET, "max by (service) (events_undecodable) > 0", 0,
            "{{ $labels.service }} 收到 {{ $value }} 条不能识别的消息",
            "队列里出现了不是本系统事件的内容，已另存，没有执行。",
        ),
    )  # fmt: skip


def running(timing: Timing) -> tuple[Alert, ...]:
    """Return the alerts about processes, databases, jobs and the trail."""
    late = timing.seconds
    last = "max by (service, job_name) (job_last_success_timestamp_seconds)"
    every = "max by (service, job_name) (job_interval_seconds)"
    return (
        Alert(
            "ProcessAway", PAGE, 'up{job="wenxiao"} == 0', 120,
            "{{ $labels.instance }} 没有应答",
            "监控抓取不到这个进程：进程已停、机器已停或网络不通。",
        ),
        Alert(
            "DatabaseAway", PAGE, "max by (service) (database_up) == 0", 60,
            "{{ $labels.service }} 的数据库不应答",
            "没有一个进程能在 2 秒内从数据库读到数据；页面不能办理，事件停止流动。",
        ),
        Alert(
            "SchedulerStopped", PAGE, leaderless("scheduler"), 60,
            "{{ $labels.service }} 的定时任务没有进程执行",
            "没有进程持有定时任务租约：提醒、逾期升级等都已停止。",
        ),
        Alert(
            "JobLate", TICKET,
            f"(time() - {last} > {every} + {late(900)}"
            f" or {every} unless on (service, job_name) {last})"
            f" unless on (service) ({leaderless('scheduler')})"
            " unless on (service) max by (service) (database_up) == 0",
            300,
            "{{ $labels.service }} 的定时任务 {{ $labels.job_name }} 误期",
            "有进程在执行定时任务，但这一项没有按期成功。",
        ),
        Alert(
            "TrailNotSealed", PAGE,
            f"max by (service) (trail_oldest_unsealed_seconds) > {late(300)}", 60,
            "{{ $labels.service }} 的审计轨迹没有封存",
            "最早一条未封存的轨迹已等了 {{ $value | humanizeDuration }}；封存前的记录不受链保护。",
        ),
        Alert(
            "ThreadsRestarting", TICKET,
            f"sum by (service, unit) (increase(thread_restarts_total[{timing(900)}]))"
            f" > {MOST_RESTARTS}", 0,
            "{{ $labels.service }} 的后台线程 {{ $labels.unit }} 反复重启",
            "15 分钟内异常结束 {{ $value | humanize }} 次，每次都已自动重启。",
        ),
    )  # fmt: skip


def surroundings(timing: Timing) -> tuple[Alert, ...]:
    """Return the alerts about disk, clock, calendar and exchange."""
    scraped = "system_clock_timestamp_seconds"
    return (
        Alert(
            "DiskNearlyFull", PAGE,
            f"data_directory_free_bytes / data_directory_size_bytes < {LEAST_FREE}", 60,
            "{{ $labels.instance }} 的数据目录快满了",
            "只剩 {{ $value | humanizePercentage }}；写满后附件、链头和内嵌数据库都不能写入。",
        ),
        Alert(
            "ClockOff", PAGE,
            f"abs({scraped} - timestamp({scraped})) > {CLOCK_SECONDS}"
            f" or abs(database_clock_offset_seconds) > {CLOCK_SECONDS}", 120,
            "{{ $labels.instance }} 的时钟不准",
            "与监控服务器或数据库服务器相差 {{ $value | humanizeDuration }}；"
            "期限、签名和令牌都以时间为准。",
        ),
        Alert(
            "CalendarNotPublished", TICKET,
            f"min by (service) (calendar_published_ahead_seconds) < {CALENDAR_DAYS * 86_400}", 3600,
            "下一年度的工作日历还没有录入（{{ $labels.service }}）",
            "已公布的日历只剩 {{ $value | humanizeDuration }}；此后的期限都是暂定的。",
        ),
        Alert(
            "ExchangeRefused", TICKET,
            f"sum by (service, reason) (increase(exchange_refused_total[{timing(900)}]))"
            f" > {MOST_REFUSALS}", 0,
            "对方系统的请求被拒绝（{{ $labels.reason }}）",
            "15 分钟内拒绝 {{ $value | humanize }} 次：签名不对、重放、授权已止或摘要不符。",
        ),
    )  # fmt: skip
