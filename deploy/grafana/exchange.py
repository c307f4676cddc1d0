"""交换: requests, grants, pulls, receipts and refusals between finance, audit and discipline."""

from __future__ import annotations

from deploy.grafana.panels import Board, Show
from deploy.grafana.words import ENTRIES, RECEIPTS, REFUSALS, REQUESTS, STANDINGS

EXCHANGE = Board(
    "wenxiao-exchange",
    "问效 · 交换",
    "数据共享的申请、授权、读取、回执和拒绝。全地区合计。",
    {
        "申请与授权": (
            Show("申请按状态",
                 [("sum by (state) (max by (provider, state) (share_requests))", "{{state}}")],
                 kind="bargauge", names=REQUESTS),
            Show("授权",
                 [("sum by (standing) (max by (grantee, standing) (share_grants))",
                   "{{standing}}")], kind="bargauge", names=STANDINGS),
            Show("申请的变化", [("sum(max by (provider, state) (share_requests))", "申请"),
                            ("sum(max by (grantee, standing) (share_grants))", "授权")]),
        ),
        "读取与回执": (
            Show("读取按回执",
                 [("sum by (receipt) (max by (grantee, receipt) (share_deliveries))",
                   "{{receipt}}")], kind="bargauge", names=RECEIPTS),
            Show("已给出的记录",
                 [("max by (entry) (share_records_delivered)", "{{entry}}")], kind="bargauge",
                 names=ENTRIES),
            Show("读取的变化",
                 [("sum(max by (grantee, receipt) (share_deliveries))", "读取")]),
        ),
        "拒绝": (
            Show("拒绝（15 分钟）",
                 [("sum by (reason) (increase(exchange_refused_total[15m]))", "{{reason}}")],
                 width=12, warn=1, bad=3, names=REFUSALS, runbook="ExchangeRefused"),
            Show("拒绝（累计，自进程启动）",
                 [("sum by (reason) (exchange_refused_total)", "{{reason}}")], kind="bargauge",
                 width=12, names=REFUSALS, runbook="ExchangeRefused"),
        ),
    },
    has_services=False,
)  # fmt: skip
