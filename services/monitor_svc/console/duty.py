"""Monitoring reports as duties: what their pages say and where they lead."""

from __future__ import annotations

from services.monitor_svc.store.reports import ReportRow
from shared.duties.pages import DutyPages

PAGES = DutyPages(
    row=ReportRow,
    subject="绩效运行监控",
    documents="绩效运行监控表",
    items="monitoring.reports",
    progress="monitoring.progress",
    counter="/monitoring/paper",
    receiving="monitoring.report.receive_paper",
    extending="monitoring.campaign.extend",
)
