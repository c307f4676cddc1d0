"""This service's part of the menu."""

from __future__ import annotations

from shared.runtime.module import MenuEntry, MenuGroup

MENU = (
    MenuGroup(
        "绩效目标",
        (
            MenuEntry("项目库", "/target/projects", "target.project.view", "folder"),
            MenuEntry("绩效目标", "/target/targets", "target.target.view"),
            MenuEntry("会审清单", "/target/joint-review", "target.gate.view", "gavel"),
            MenuEntry("预算安排核对", "/target/gate", "target.gate.view", "scale"),
            MenuEntry("指标库", "/target/indicators", "target.indicator.view", "list-check"),
        ),
        icon="target",
    ),
)
