"""This service's part of the menu."""

from __future__ import annotations

from shared.runtime.module import MenuEntry, MenuGroup

MENU = (
    MenuGroup(
        "绩效评价",
        (
            MenuEntry(
                "单位自评",
                "/evaluation/self-evaluations",
                "evaluation.self_evaluation.view",
                "clipboard-check",
            ),
            MenuEntry("报送进度", "/evaluation/progress", "evaluation.progress.view", "checklist"),
            MenuEntry("形式审查", "/evaluation/form-checks", "evaluation.form_check.run", "search"),
            MenuEntry("评价对象", "/evaluation/objects", "evaluation.object.view", "target"),
        ),
        icon="chart-bar",
    ),
)
