"""This service's part of the menu."""

from __future__ import annotations

from shared.runtime.module import MenuEntry, MenuGroup

MENU = (
    MenuGroup(
        "运行监控",
        (
            MenuEntry("监控表", "/monitoring/reports", "monitoring.report.view", "report-money"),
            MenuEntry("报送进度", "/monitoring/progress", "monitoring.progress.view", "checklist"),
            MenuEntry("预算执行", "/monitoring/execution", "monitoring.execution.view", "coin"),
        ),
        icon="activity",
    ),
)
