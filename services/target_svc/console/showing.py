"""How stored values look on pages: badges, labels, due dates, timelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from services.target_svc.domain.gate import GateAnswer
from services.target_svc.domain.indicators import SYMBOLS
from services.target_svc.store.targets import TargetIndicatorRow
from shared.access.rights import act_label
from shared.calendar import WorkingCalendar
from shared.clock import local_date
from shared.tasks.tables import TaskRow
from shared.terms import label, labels
from shared.terms.vocabulary import GateVerdict, Operator
from shared.trail.queries import TrailEntry
from shared.web.console.views import Badge, Change, Choice, Due, TimelineEntry, Tone

_STATE_TONES: dict[str, Tone] = {
    "draft": "grey",
    "awaiting_relay": "orange",
    "rejected": "red",
    "withdrawn": "grey",
    "review_passed": "green",
    "tabled": "green",
    "approved_issued": "green",
    "active": "green",
    "closed": "grey",
}
_VERDICT_TONES: dict[GateVerdict, Tone] = {
    GateVerdict.ALLOW: "green",
    GateVerdict.REDUCE: "orange",
    GateVerdict.REDO: "yellow",
    GateVerdict.BLOCK: "red",
    GateVerdict.ADVISE: "blue",
}
_CONCLUSIONS = {"support": "予以支持", "partial": "部分支持", "oppose": "不予支持"}
_CONTENT_LABELS = {
    "annual_goal": "年度总体目标",
    "midterm_goal": "中期总体目标",
    "money_note": "资金匹配说明",
    "state": "状态",
    "version": "版本",
    "copied_from": "复制自",
    "conclusion": "评估结论",
    "document": "评估报告",
}


def state_badge(state: str | None, *, returned: bool = False) -> Badge:
    """Return a target's state; a draft that came back says so."""
    if state is None:
        return Badge("未填报", "orange")
    if state == "draft" and returned:
        return Badge("退回修改", "red")
    return Badge(label("target_state", state), _STATE_TONES.get(state, "blue"))


def verdict_badge(verdict: str) -> Badge:
    """Return the gate's verdict."""
    return Badge(label("gate_verdict", verdict), _VERDICT_TONES[GateVerdict(verdict)])


def gate_hint(answer: GateAnswer) -> Badge:
    """Return the gate's verdict as a hint in a list."""
    return verdict_badge(answer.verdict.value)


def conclusion_text(conclusion: str | None) -> str:
    """Return an ex-ante conclusion in words, empty when there is none."""
    return _CONCLUSIONS.get(conclusion or "", "")


def conclusion_choices() -> list[Choice]:
    """Return what an ex-ante assessment may conclude."""
    return [Choice(value, text) for value, text in _CONCLUSIONS.items()]


def flags_text(flags: Iterable[str]) -> str:
    """Return a project's flags in words."""
    return "、".join(label("project_flag", flag) for flag in flags)


def value_text(row: TargetIndicatorRow) -> str:
    """Return an indicator's value with sign and unit: `≥95%`; a qualitative one as it is."""
    operator = Operator(row.operator)
    if operator is Operator.QUALITATIVE:
        return f"{row.value}（定性）"
    return f"{SYMBOLS[operator]}{row.value}{row.unit}"


def due_of(task: TaskRow | None, calendar: WorkingCalendar, today: date) -> Due | None:
    """Return what is due for the open task, with the working days left."""
    if task is None or task.due_on is None:
        return None
    return Due(
        task.due_on,
        calendar.workdays_between(today, task.due_on),
        provisional=task.provisional,
        was_on=task.first_due_on if task.first_due_on != task.due_on else None,
    )


def timeline_of(entries: Sequence[TrailEntry]) -> list[TimelineEntry]:
    """Return the trail of one object, newest first."""
    return [
        TimelineEntry(
            act=act_label(entry.act) if entry.act.count(".") < 2 else _act(entry.act),  # noqa: PLR2004
            who=entry.actor_name,
            post=entry.post_name,
            at=entry.at,
            comment=entry.comment,
            changes=tuple(content_changes(entry.before, entry.after)),
        )
        for entry in reversed(entries)
    ]


def content_changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    """Return what differs between two contents of a target, indicator by indicator."""
    before, after = before or {}, after or {}
    changes = [
        Change(text, _plain(name, before.get(name)), _plain(name, after.get(name)))
        for name, text in _CONTENT_LABELS.items()
        if name != "version" and (before.get(name) or "") != (after.get(name) or "")
    ]
    old, new = _rows(before), _rows(after)
    names = [*old, *(each for each in new if each not in old)]
    return changes + [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _act(name: str) -> str:
    kind, _, act = name.rpartition(".")
    if kind == "target.target" and act in labels("target_act"):
        return label("target_act", act)
    return act_label(name)


def _plain(name: str, value: object) -> str | None:
    if not value:
        return None
    text = str(value)
    if name == "state":
        return labels("target_state").get(text, text)
    if name == "conclusion":
        return conclusion_text(text)
    return text


def _rows(content: dict[str, Any]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for row in content.get("indicators") or []:
        group = labels("indicator_level2").get(row["level2"], row["level2"])
        sign = labels("operator").get(row["operator"], "")
        rows[f"{group} · {row['name']}"] = f"{sign}{row['value']}{row['unit']}，{row['weight']} 分"
    return rows


def local_day(at: Any) -> date | None:  # noqa: ANN401 (an instant or nothing)
    """Return the local day of an instant."""
    return local_date(at) if at else None
