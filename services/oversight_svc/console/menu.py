"""This service's part of the menu: the desk first, the system last."""

from __future__ import annotations

from shared.runtime.module import MenuEntry, MenuGroup

MENU = (
    MenuGroup(
        "工作台",
        (
            MenuEntry("我的工作台", "/", "oversight.desk.view"),
            MenuEntry("全过程一览", "/oversight/cockpit", "oversight.ledger.view", "chart-bar"),
        ),
        icon="home",
        place=10,
    ),
    MenuGroup(
        "监督整改",
        (
            MenuEntry("今日督办", "/oversight/today", "oversight.finding.urge", "urgent"),
            MenuEntry("逾期升级", "/oversight/escalations", "oversight.escalation.view", "bell"),
            MenuEntry("整改台账", "/oversight/findings", "oversight.ledger.view", "list-check"),
            MenuEntry("整改通知", "/oversight/notices", "oversight.finding.view", "mail-forward"),
            MenuEntry("登记问题", "/oversight/findings/new", "oversight.finding.register", "plus"),
            MenuEntry(
                "整改情况报告",
                "/oversight/rectification-report",
                "oversight.ledger.report",
                "chart-bar",
            ),
        ),
        icon="gavel",
    ),
    MenuGroup(
        "问责与线索",
        (
            MenuEntry(
                "问责事项", "/oversight/accountability", "oversight.accountability.view", "gavel"
            ),
            MenuEntry(
                "责任登记", "/oversight/responsibility", "oversight.responsibility.view", "users"
            ),
            MenuEntry("线索移送", "/oversight/clues", "oversight.clue.view", "mail-forward"),
        ),
        icon="rubber-stamp",
    ),
    MenuGroup(
        "财审联动",
        (
            MenuEntry("数据共享", "/oversight/sharing", "oversight.sharing.view", "share"),
            MenuEntry(
                "年度计划统筹", "/oversight/annual-plan", "oversight.annual_plan.view", "calendar"
            ),
            MenuEntry(
                "联合行动", "/oversight/joint-actions", "oversight.joint_action.view", "users"
            ),
            MenuEntry("共享目录", "/oversight/sharing/catalogue", "oversight.sharing.view", "book"),
        ),
        icon="share",
    ),
    MenuGroup(
        "基础与系统",
        (
            MenuEntry("单位", "/oversight/units", "oversight.unit.view", "building-bank"),
            MenuEntry("政策包", "/oversight/policies", "oversight.policy.view", "book"),
            MenuEntry("工作日历", "/oversight/calendar", "oversight.calendar.view", "calendar"),
            MenuEntry("账号", "/oversight/accounts", "oversight.account.view", "user"),
            MenuEntry("岗位", "/oversight/posts", "oversight.post.view", "users"),
            MenuEntry("登录会话", "/oversight/sessions", "oversight.session.view", "key"),
            MenuEntry("接入系统", "/oversight/clients", "oversight.client.view", "plug"),
            MenuEntry("操作轨迹", "/oversight/trail", "system.trail.view", "history"),
            MenuEntry("事件处理", "/oversight/events", "system.event.view", "activity"),
        ),
        icon="settings",
        place=90,
    ),
)
