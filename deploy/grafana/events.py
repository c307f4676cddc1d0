"""事件: what waits to be sent, what waits to be handled, how fast it goes."""

from __future__ import annotations

from deploy.grafana.operations import RATE, S
from deploy.grafana.panels import Board, Show
from deploy.grafana.words import SERVICES

BY_SERVICE = "{{service}}"


def waiting(title: str, metric: str, runbook: str, *, unit: str = "short", warn: float = 1,
            bad: float = 1) -> Show:  # fmt: skip
    """Show one gauge of the queues, of every service."""
    query = f"max by (service) ({metric}{{{S}}})"
    return Show(title, [(query, BY_SERVICE)], unit=unit, warn=warn, bad=bad, names=SERVICES,
                runbook=runbook)  # fmt: skip


DELAY = f"rate(event_handling_delay_seconds_bucket{{{S}}}[{RATE}])"

EVENTS = Board(
    "wenxiao-events",
    "问效 · 事件",
    "发件箱、收件箱、停放、处理时延和消息中间件。",
    {
        "发出": (
            waiting("最早未发出", "outbox_oldest_unsent_seconds", "EventsNotSent", unit="s",
                    warn=60, bad=120),
            waiting("未发出", "outbox_unsent_events", "EventsNotSent", warn=500, bad=5000),
            Show("消息中间件已连接", [(f"max by (service) (broker_connected{{{S}}})", BY_SERVICE)],
                 kind="stat", warn=1, bad=1, low_is_bad=True, names=SERVICES, runbook="BrokerAway",
                 meaning="只在设置了 WENXIAO_BROKER_URL 时有；进程内传递不用消息中间件。"),
        ),
        "处理": (
            waiting("最早未处理（前面没有停放的）", "inbox_oldest_unhindered_seconds",
                    "EventsNotProcessed", unit="s", warn=60, bad=120),
            waiting("最早未处理（含排在停放之后的）", "inbox_oldest_unprocessed_seconds",
                    "EventsParked", unit="s", warn=600, bad=3600),
            waiting("待处理", "inbox_pending_events", "EventDelayBurnsBudget", warn=500, bad=5000),
            Show("处理速度",
                 [(f"sum by (outcome) (rate(events_handled_total{{{S}}}[{RATE}]))", "{{outcome}}")],
                 unit="ops", names={"done": "办完", "failed": "失败待重试", "parked": "停放"}),
            Show("收到至办完",
                 [(f"histogram_quantile(0.5, sum by (le) ({DELAY}))", "半数"),
                  (f"histogram_quantile(0.99, sum by (le) ({DELAY}))", "99%")],
                 unit="s", warn=5, bad=60, runbook="EventDelayBurnsBudget"),
            Show("5 秒内未办完的比例（5 分钟）",
                 [(f"service:events_late:ratio_rate5m{{{S}}}", BY_SERVICE)],
                 unit="percentunit", warn=0.005, bad=0.072, names=SERVICES,
                 runbook="EventDelayBurnsBudget"),
        ),
        "要人处理的": (
            waiting("停放的事件", "events_parked", "EventsParked"),
            waiting("不能识别的消息", "events_undecodable", "EventsUndecodable"),
            waiting("最早未封存的轨迹", "trail_oldest_unsealed_seconds", "TrailNotSealed",
                    unit="s", warn=60, bad=300),
        ),
    },
)  # fmt: skip
