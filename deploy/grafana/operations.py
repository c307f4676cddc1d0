"""运行: requests (rate, errors, duration), budgets, and what they are answered with."""

from __future__ import annotations

from deploy.grafana.panels import Board, Show
from deploy.grafana.words import LEASES, LEVELS, SERVICES
from deploy.prometheus.burning import HEALTH

S = 'service=~"$service"'
PEOPLE = f"{HEALTH},{S}"
RATE = "$__rate_interval"
SECONDS = f"rate(http_request_duration_seconds_bucket{{{PEOPLE}}}[{RATE}])"


def quantile(share: float, labels: str = "service") -> str:
    """Return the time within which `share` of the requests were answered."""
    return f"histogram_quantile({share}, sum by (le, {labels}) ({SECONDS}))"


REQUESTS = (
    Show(
        "请求数",
        [(f"sum by (service) (rate(http_requests_total{{{PEOPLE}}}[{RATE}]))", "{{service}}")],
        unit="reqps",
        names=SERVICES,
    ),
    Show(
        "出错比例（5 分钟）",
        [(f"service:http_errors:ratio_rate5m{{{S}}}", "{{service}}")],
        unit="percentunit",
        warn=0.001,
        bad=0.0144,
        names=SERVICES,
        runbook="HttpErrorsBurnBudget",
        meaning="5xx 占全部请求的比例；超过红线一小时就花掉当月预算的 2%。",
    ),
    Show(
        "应答时间",
        [(quantile(0.5), "{{service}} 半数"), (quantile(0.99), "{{service}} 99%")],
        unit="s",
        warn=1,
        bad=2.5,
        runbook="HttpSlownessBurnsBudget",
    ),
    Show(
        "各路由请求数（前 15）",
        [
            (
                f"topk(15, sum by (endpoint) (rate(http_requests_total{{{PEOPLE}}}[{RATE}])))",
                "{{endpoint}}",
            )
        ],
        unit="reqps",
    ),
    Show(
        "各路由被拒与出错（前 15）",
        [
            (
                "topk(15, sum by (endpoint, status)"
                f' (rate(http_requests_total{{status=~"[45]..",{PEOPLE}}}[{RATE}])))',
                "{{endpoint}} {{status}}",
            )
        ],
        unit="reqps",
        runbook="HttpErrorsBurnBudget",
    ),
    Show(
        "各路由应答时间 95%（前 15）",
        [(f"topk(15, {quantile(0.95, 'endpoint')})", "{{endpoint}}")],
        unit="s",
        warn=1,
        runbook="HttpSlownessBurnsBudget",
    ),
)
BUDGETS = tuple(
    Show(
        f"{title}：三天内剩余的预算",
        [(f"1 - service:{name}:ratio_rate3d{{{S}}} / {budget}", "{{service}}")],
        unit="percentunit",
        kind="stat",
        warn=0.5,
        bad=0,
        low_is_bad=True,
        names=SERVICES,
        runbook=alert,
    )
    for name, (title, budget, alert) in LEVELS.items()
)
POOLS = (
    Show(
        "工作线程占用",
        [
            (
                f"sum by (instance) (rate(http_request_duration_seconds_sum[{RATE}]))"
                " / max by (instance) (web_threads)",
                "{{instance}}",
            )
        ],
        unit="percentunit",
        warn=0.7,
        bad=0.9,
        most=1,
    ),
    Show(
        "数据库连接占用",
        [
            (
                f'database_pool_connections{{state="in_use",{S}}} / ignoring (state)'
                f" database_pool_limit_connections{{{S}}}",
                "{{service}} {{instance}}",
            )
        ],
        unit="percentunit",
        warn=0.7,
        bad=0.9,
        most=1,
    ),
    Show(
        "处理器", [(f"rate(process_cpu_seconds_total[{RATE}])", "{{instance}}")], unit="percentunit"
    ),
    Show("内存", [("process_resident_memory_bytes", "{{instance}}")], unit="bytes"),
    Show(
        "打开的文件",
        [("process_open_fds / process_max_fds", "{{instance}}")],
        unit="percentunit",
        warn=0.5,
        bad=0.8,
    ),
    Show(
        "数据目录剩余",
        [("data_directory_free_bytes / data_directory_size_bytes", "{{instance}}")],
        unit="percentunit",
        warn=0.3,
        bad=0.1,
        low_is_bad=True,
        most=1,
        runbook="DiskNearlyFull",
    ),
)
PROCESSES = (
    Show(
        "正在告警",
        [('count(ALERTS{alertstate="firing"}) or vector(0)', "告警")],
        kind="stat",
        width=4,
        bad=1,
    ),
    Show(
        "进程",
        [("sum(up) / count(up)", "在线")],
        unit="percentunit",
        kind="stat",
        width=4,
        warn=1,
        bad=0.99,
        low_is_bad=True,
        runbook="ProcessAway",
    ),
    Show(
        "数据库应答",
        [(f"max by (service) (database_up{{{S}}})", "{{service}}")],
        kind="stat",
        warn=1,
        bad=1,
        low_is_bad=True,
        names=SERVICES,
        runbook="DatabaseAway",
    ),
    Show(
        "租约有进程持有",
        [(f"max by (lease, service) (lease_held{{{S}}})", "{{service}} {{lease}}")],
        kind="stat",
        warn=1,
        bad=1,
        low_is_bad=True,
        names=LEASES,
        runbook="SchedulerStopped",
    ),
    Show(
        "定时任务距上次成功（占间隔的倍数）",
        [
            (
                "(time() - max by (service, job_name)"
                f" (job_last_success_timestamp_seconds{{{S}}}))"
                f" / max by (service, job_name) (job_interval_seconds{{{S}}})",
                "{{service}} {{job_name}}",
            )
        ],
        warn=1.5,
        bad=4,
        runbook="JobLate",
    ),
    Show(
        "后台线程重启（1 小时）",
        [(f"sum by (service, unit) (increase(thread_restarts_total{{{S}}}[1h]))", "{{unit}}")],
        warn=1,
        bad=3,
        runbook="ThreadsRestarting",
    ),
    Show(
        "时钟偏差",
        [
            (
                "system_clock_timestamp_seconds - timestamp(system_clock_timestamp_seconds)",
                "{{instance}} 与监控",
            ),
            (f"database_clock_offset_seconds{{{S}}}", "{{service}} 与数据库"),
        ],
        unit="s",
        warn=5,
        bad=30,
        runbook="ClockOff",
    ),
)

OPERATIONS = Board(
    "wenxiao-operations",
    "问效 · 运行",
    "请求、出错、快慢；线程、连接、磁盘；进程与定时任务。",
    {"请求": REQUESTS, "错误预算": BUDGETS, "资源": POOLS, "进程与任务": PROCESSES},
)
